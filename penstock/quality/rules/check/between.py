"""A number must lie in a range."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import NUMBERS, Cell, Range, ValueCheck, bounds, within
from penstock.specs.base import ColumnType


class Between(ValueCheck, Range):
    """A number lies in a range."""

    types: ClassVar[tuple[ColumnType, ...]] = NUMBERS
    expectation: ClassVar[str] = "expect_column_values_to_be_between"

    check: Literal["between"]

    def passes(self, cell: Cell) -> str:
        """Look at the typed value."""
        return within(cell.typed, self)

    def expected(self) -> str:
        """Say it in words."""
        return bounds(self)


RULE = Between
