"""The sum of a column must lie in a range."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.measures import Measure


class Sum(Measure):
    """The sum of a column lies in a range; of nothing it is zero."""

    expectation: ClassVar[str] = "expect_column_sum_to_be_between"
    figure: ClassVar[str] = "a sum of"

    check: Literal["sum"]

    def measured(self, cell: Cell) -> str:
        """Aggregate the typed value."""
        return f"coalesce(sum({cell.typed}), 0)"


RULE = Sum
