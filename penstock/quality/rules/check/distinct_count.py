"""A column must have a number of distinct values."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.measures import Measure
from penstock.specs.base import ColumnType


class DistinctCount(Measure):
    """The number of distinct values of a column lies in a range."""

    types: ClassVar[tuple[ColumnType, ...]] = ()
    expectation: ClassVar[str] = "expect_column_unique_value_count_to_be_between"
    figure: ClassVar[str] = "distinct values:"

    check: Literal["distinct_count"]

    def measured(self, cell: Cell) -> str:
        """Aggregate the typed value."""
        return f"count(DISTINCT {cell.typed})"


RULE = DistinctCount
