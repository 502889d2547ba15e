"""The values of two columns together must be one of a list of pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cells, Condition
from penstock.quality.members import Text, member, words
from penstock.quality.rows import RowCheck
from penstock.specs.base import ColumnName


class PairInSet(RowCheck):
    """The values of two columns together are one of a list of pairs."""

    expectation: ClassVar[str] = "expect_column_pair_values_to_be_in_set"

    check: Literal["pair_in_set"]
    column: ColumnName
    other: ColumnName
    pairs: tuple[tuple[Text, Text], ...] = Field(min_length=1)

    def reads(self) -> tuple[str, ...]:
        """Return both columns."""
        return (self.column, self.other)

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare each value in its column's own type."""
        first, second = cells[self.column], cells[self.other]
        tests = (
            f"({first.typed} = {member(self, one, first)} AND {second.typed} = {member(self, two, second)})"
            for one, two in self.pairs
        )
        expected = f"one of {words([f'({one}, {two})' for one, two in self.pairs])}"
        yield self.asked(cells, self.reads(), f"({' OR '.join(tests)})", expected)


RULE = PairInSet
