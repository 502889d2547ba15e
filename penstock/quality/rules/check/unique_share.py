"""A share of a column's values must occur once only."""

# ruff: noqa: S608 - names enter SQL only as places (t0)

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import ASKED, Cell
from penstock.quality.measures import Measure
from penstock.specs.base import ColumnType


class UniqueShare(Measure):
    """Values that occur once only, as a share of all values, lie in a range (Deequ's ``hasUniqueness``)."""

    types: ClassVar[tuple[ColumnType, ...]] = ()
    figure: ClassVar[str] = "a share of values that occur once of"

    check: Literal["unique_share"]

    def measured(self, cell: Cell) -> str:
        """Count the rows of each value."""
        return (
            f"(SELECT count(*) FILTER (n = 1) / nullif(sum(n), 0) FROM (SELECT count(*) AS n FROM {ASKED} "
            f"WHERE {cell.typed} IS NOT NULL GROUP BY {cell.typed}) AS groups)"
        )


RULE = UniqueShare
