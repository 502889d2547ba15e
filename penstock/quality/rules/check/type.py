"""A text must be written as a value of a type, though it stays text."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cell, ValueCheck
from penstock.quality.types import typed
from penstock.specs.base import ColumnType


class Type(ValueCheck):
    """A text is written as a value of a type (Deequ's ``hasDataType``)."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    check: Literal["type"]
    values: tuple[ColumnType, ...] = Field(min_length=1)

    def passes(self, cell: Cell) -> str:
        """Try every type."""
        tests = (f"{typed(cell.typed, kind)} IS NOT NULL" for kind in self.values)
        return f"({cell.missing} OR {' OR '.join(tests)})"

    def expected(self) -> str:
        """Say it in words."""
        return " or ".join(self.values)


RULE = Type
