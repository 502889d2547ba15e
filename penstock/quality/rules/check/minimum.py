"""The least value of a column must lie in a range."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.measures import Measure


class Minimum(Measure):
    """The least value of a column lies in a range."""

    expectation: ClassVar[str] = "expect_column_min_to_be_between"
    figure: ClassVar[str] = "a least value of"
    reveals: ClassVar[bool] = True

    check: Literal["minimum"]

    def measured(self, cell: Cell) -> str:
        """Aggregate the typed value."""
        return f"min({cell.typed})"


RULE = Minimum
