"""Two columns of a row must be equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, Condition
from penstock.quality.rows import PairCheck


class Equal(PairCheck):
    """A column is equal to another one of the row."""

    expectation: ClassVar[str] = "expect_column_pair_values_to_be_equal"

    check: Literal["equal"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare the typed values."""
        first, second = self.pair(cells)
        yield self.asked(cells, self.reads(), f"{first.typed} = {second.typed}", "equal values")


RULE = Equal
