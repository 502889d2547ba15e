"""The distinct values of a column must be a share of all its values."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.measures import Measure
from penstock.specs.base import ColumnType


class DistinctShare(Measure):
    """Distinct values as a share of all values lie in a range (Deequ's ``hasDistinctness``)."""

    types: ClassVar[tuple[ColumnType, ...]] = ()
    expectation: ClassVar[str] = "expect_column_proportion_of_unique_values_to_be_between"
    figure: ClassVar[str] = "a share of distinct values of"

    check: Literal["distinct_share"]

    def measured(self, cell: Cell) -> str:
        """Aggregate the typed value."""
        return f"(count(DISTINCT {cell.typed}) / nullif(count({cell.typed}), 0))"


RULE = DistinctShare
