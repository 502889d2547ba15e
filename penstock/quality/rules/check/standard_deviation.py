"""The standard deviation of a column must lie in a range."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.measures import Measure


class StandardDeviation(Measure):
    """The standard deviation (of the sample) of a column lies in a range."""

    expectation: ClassVar[str] = "expect_column_stdev_to_be_between"
    figure: ClassVar[str] = "a standard deviation of"

    check: Literal["standard_deviation"]

    def measured(self, cell: Cell) -> str:
        """Aggregate the typed value."""
        return f"stddev_samp({cell.typed})"


RULE = StandardDeviation
