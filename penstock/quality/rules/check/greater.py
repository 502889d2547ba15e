"""A column must be greater than another one of the row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import NUMBERS, TIMES, Cells, Condition
from penstock.quality.rows import PairCheck
from penstock.specs.base import ColumnType


class Greater(PairCheck):
    """A column is greater than another one of the row (or equal)."""

    types: ClassVar[tuple[ColumnType, ...]] = (*NUMBERS, *TIMES)
    expectation: ClassVar[str] = "expect_column_pair_values_a_to_be_greater_than_b"

    check: Literal["greater"]
    or_equal: bool = False

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare the typed values."""
        first, second = self.pair(cells)
        sign, words = (">=", "the first not less") if self.or_equal else (">", "the first greater")
        yield self.asked(cells, self.reads(), f"{first.typed} {sign} {second.typed}", words)


RULE = Greater
