"""A text must have a number of characters."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell, Range, ValueCheck, bounds, within
from penstock.specs.base import ColumnType


class Length(ValueCheck, Range):
    """A text is neither too short nor too long."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_value_lengths_to_be_between"

    check: Literal["length"]

    def passes(self, cell: Cell) -> str:
        """Count characters, not bytes."""
        return within(f"length({cell.typed})", self)

    def expected(self) -> str:
        """Say it in words."""
        return f"{bounds(self)} characters"


RULE = Length
