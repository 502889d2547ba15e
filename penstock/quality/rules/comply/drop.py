"""A column that does not reach the curated data."""

from __future__ import annotations

from typing import Literal

from penstock.quality.conditions import Cell
from penstock.quality.transformation import Comply
from penstock.specs import Column


class Drop(Comply):
    """Leave a column out of curated data and quarantine. Other rules may still read it."""

    comply: Literal["drop"]

    def kept(self, column: Column) -> Column | None:
        """Return nothing."""
        return None

    def protected(self, cell: Cell) -> str:
        """Return null."""
        return "NULL"


RULE = Drop
