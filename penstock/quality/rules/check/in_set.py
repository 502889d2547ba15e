"""A value must be one of a list."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell, ValueCheck
from penstock.quality.members import SETS, Values, members, words
from penstock.specs.base import ColumnType


class InSet(ValueCheck):
    """A value is one of a list."""

    types: ClassVar[tuple[ColumnType, ...]] = SETS
    expectation: ClassVar[str] = "expect_column_values_to_be_in_set"

    check: Literal["in_set"]
    values: Values

    def passes(self, cell: Cell) -> str:
        """Compare in the column's own type."""
        return f"{cell.typed} IN ({members(self, self.values, cell)})"

    def expected(self) -> str:
        """Say it in words."""
        return f"one of {words(self.values)}"


RULE = InSet
