"""The distinct values of a column must be those of a list, no more and no fewer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, Condition
from penstock.quality.distinct import DistinctCheck


class DistinctEqualsSet(DistinctCheck):
    """The distinct values of a column are those of a list, no more and no fewer."""

    expectation: ClassVar[str] = "expect_column_distinct_values_to_equal_set"

    check: Literal["distinct_equals_set"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare in the column's own type."""
        for name in self.looked_at():
            cell = cells[name]
            inside, outside = self.inside(cell), self.outside(cell)
            test = f"({outside} = 0 AND {inside} = {self.number(cell)})"
            yield self.asked(cell, test, "exactly")


RULE = DistinctEqualsSet
