"""The median of a column must lie in a range."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.measures import Measure


class Median(Measure):
    """The median of a column lies in a range."""

    expectation: ClassVar[str] = "expect_column_median_to_be_between"
    figure: ClassVar[str] = "a median of"
    reveals: ClassVar[bool] = True

    check: Literal["median"]

    def measured(self, cell: Cell) -> str:
        """Aggregate the typed value."""
        return f"median({cell.typed})"


RULE = Median
