"""A text must have an exact number of characters."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cell, ValueCheck
from penstock.specs.base import ColumnType


class LengthEqual(ValueCheck):
    """A text has an exact number of characters."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_value_lengths_to_equal"

    check: Literal["length_equal"]
    value: int = Field(ge=0)

    def passes(self, cell: Cell) -> str:
        """Count characters, not bytes."""
        return f"length({cell.typed}) = {self.value}"

    def expected(self) -> str:
        """Say it in words."""
        return f"{self.value} characters"


RULE = LengthEqual
