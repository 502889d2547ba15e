"""A number must be above zero."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import NUMBERS, Cell, ValueCheck
from penstock.specs.base import ColumnType


class Positive(ValueCheck):
    """A number is above zero (Deequ's ``isPositive``)."""

    types: ClassVar[tuple[ColumnType, ...]] = NUMBERS

    check: Literal["positive"]

    def passes(self, cell: Cell) -> str:
        """Look at the typed value."""
        return f"{cell.typed} > 0"

    def expected(self) -> str:
        """Say it in words."""
        return "more than 0"


RULE = Positive
