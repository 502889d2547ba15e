"""A number must not be below zero."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import NUMBERS, Cell, ValueCheck
from penstock.specs.base import ColumnType


class NonNegative(ValueCheck):
    """A number is zero or more (Deequ's ``isNonNegative``)."""

    types: ClassVar[tuple[ColumnType, ...]] = NUMBERS

    check: Literal["non_negative"]

    def passes(self, cell: Cell) -> str:
        """Look at the typed value."""
        return f"{cell.typed} >= 0"

    def expected(self) -> str:
        """Say it in words."""
        return "at least 0"


RULE = NonNegative
