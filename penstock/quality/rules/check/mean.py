"""The mean of a column must lie in a range."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.measures import Measure


class Mean(Measure):
    """The mean of a column lies in a range."""

    expectation: ClassVar[str] = "expect_column_mean_to_be_between"
    figure: ClassVar[str] = "a mean of"

    check: Literal["mean"]

    def measured(self, cell: Cell) -> str:
        """Aggregate the typed value."""
        return f"avg({cell.typed})"


RULE = Mean
