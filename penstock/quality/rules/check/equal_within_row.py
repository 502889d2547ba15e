"""Columns of a row must have the same value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, Condition
from penstock.quality.rows import ManyCheck, comparable


class EqualWithinRow(ManyCheck):
    """Columns of a row have the same value."""

    expectation: ClassVar[str] = "expect_multicolumn_values_to_be_equal"

    check: Literal["equal_within_row"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare all with the first."""
        comparable(self, cells, self.columns)
        first, *others = (cells[name].typed for name in self.columns)
        test = " AND ".join(f"{other} = {first}" for other in others)
        yield self.asked(cells, self.columns, f"({test})", "equal values")


RULE = EqualWithinRow
