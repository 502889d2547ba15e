"""Columns of a row must have different values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, Condition
from penstock.quality.rows import ManyCheck, comparable


class UniqueWithinRow(ManyCheck):
    """Columns of a row have different values."""

    expectation: ClassVar[str] = "expect_select_column_values_to_be_unique_within_record"

    check: Literal["unique_within_row"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare each with each; two nulls are the same."""
        comparable(self, cells, self.columns)
        pairs = combinations((cells[name].typed for name in self.columns), 2)
        test = " AND ".join(f"{one} IS DISTINCT FROM {other}" for one, other in pairs)
        yield self.asked(cells, self.columns, f"({test})", "different values")


RULE = UniqueWithinRow
