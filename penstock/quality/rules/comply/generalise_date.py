"""A month, quarter, year or decade in place of the day."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.transformation import Comply, only_typed
from penstock.specs import Column
from penstock.specs.base import ColumnType


class GeneraliseDate(Comply):
    """Put the first day of its month, quarter, year or decade in a date's or moment's place."""

    types: ClassVar[tuple[ColumnType, ...]] = ("date", "timestamp")

    comply: Literal["generalise_date"]
    to: Literal["month", "quarter", "year", "decade"]

    def kept(self, column: Column) -> Column:
        """Return the column as a date."""
        return column.model_copy(update={"type": "date"})

    def protected(self, cell: Cell) -> str:
        """Go back to the first day."""
        return f"CAST(date_trunc('{self.to}', {cell.typed}) AS DATE)"

    def protected_text(self, cell: Cell) -> str:
        """Go back to the first day of what is a date."""
        return only_typed(self.protected(cell), cell)


RULE = GeneraliseDate
