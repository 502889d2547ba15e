"""The distinct values of a column must include all of a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, Condition
from penstock.quality.distinct import DistinctCheck


class DistinctContainsSet(DistinctCheck):
    """The distinct values of a column include all of a list."""

    expectation: ClassVar[str] = "expect_column_distinct_values_to_contain_set"

    check: Literal["distinct_contains_set"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare in the column's own type."""
        for name in self.looked_at():
            cell = cells[name]
            inside = self.inside(cell)
            test = f"{inside} = {self.number(cell)}"
            yield self.asked(cell, test, "at least")


RULE = DistinctContainsSet
