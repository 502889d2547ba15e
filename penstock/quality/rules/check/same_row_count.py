"""The file must have as many rows as another dataset."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, Check, Condition
from penstock.quality.context import Context, relation
from penstock.specs.base import Name
from penstock.tables import literal


class SameRowCount(Check):
    """The file has as many rows as another dataset."""

    expectation: ClassVar[str] = "expect_table_row_count_to_equal_other_table"

    check: Literal["same_row_count"]
    dataset: Name

    def in_context(self, cells: Cells, context: Context) -> Iterator[Condition]:
        """Count both."""
        if self.dataset not in context.references:
            yield self.skip(f"there is no accepted snapshot of {self.dataset}")
            return
        there = f"(SELECT count(*) FROM {relation(context.references[self.dataset])} AS reference)"
        those = literal(f", those of {self.dataset}")
        yield self.of_file(
            passes=f"count(*) = {there}",
            observed="count(*)",
            reason=f"'found ' || count(*) || ' rows, expected ' || {there} || {those}",
        )


RULE = SameRowCount
