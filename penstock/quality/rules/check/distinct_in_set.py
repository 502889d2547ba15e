"""The distinct values of a column must be all in a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, Condition
from penstock.quality.distinct import DistinctCheck


class DistinctInSet(DistinctCheck):
    """The distinct values of a column are all in a list."""

    expectation: ClassVar[str] = "expect_column_distinct_values_to_be_in_set"

    check: Literal["distinct_in_set"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare in the column's own type."""
        for name in self.looked_at():
            cell = cells[name]
            outside = self.outside(cell)
            test = f"{outside} = 0"
            yield self.asked(cell, test, "only")


RULE = DistinctInSet
