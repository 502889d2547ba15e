"""A day or moment must lie in a range."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from penstock.quality.conditions import TIMES, Cell, ValueCheck
from penstock.quality.members import Text, member
from penstock.specs.base import ColumnType


class DateBetween(ValueCheck):
    """A day or moment lies in a range, both ends included."""

    types: ClassVar[tuple[ColumnType, ...]] = TIMES
    expectation: ClassVar[str] = "expect_column_values_to_be_between"

    check: Literal["date_between"]
    earliest: Text = ""
    """ISO 8601, such as ``2025-01-31``; times without an offset are UTC."""
    latest: Text = ""

    def passes(self, cell: Cell) -> str:
        """Compare in the column's own type."""
        low = f"{cell.typed} >= {member(self, self.earliest, cell)}" if self.earliest else "TRUE"
        high = f"{cell.typed} <= {member(self, self.latest, cell)}" if self.latest else "TRUE"
        return f"({low} AND {high})"

    def expected(self) -> str:
        """Say it in words."""
        low = f"not before {self.earliest}" if self.earliest else ""
        high = f"not after {self.latest}" if self.latest else ""
        return " and ".join(filter(None, (low, high)))

    @model_validator(mode="after")
    def _has_bounds(self) -> Self:
        if not self.earliest and not self.latest:
            raise ValueError("no earliest or latest")
        for bound in filter(None, (self.earliest, self.latest)):
            datetime.fromisoformat(bound)
        return self


RULE = DateBetween
