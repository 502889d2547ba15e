"""A share of the cells of a column must have a value."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.measures import Measure
from penstock.specs.base import ColumnType


class Completeness(Measure):
    """The share of cells with a value lies in a range."""

    types: ClassVar[tuple[ColumnType, ...]] = ()
    expectation: ClassVar[str] = "expect_column_proportion_of_non_null_values_to_be_between"
    figure: ClassVar[str] = "a share of values of"

    check: Literal["completeness"]

    def measured(self, cell: Cell) -> str:
        """Aggregate the typed value."""
        return f"(count({cell.raw or cell.text}) / nullif(count(*), 0))"


RULE = Completeness
