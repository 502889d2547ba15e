"""The file must have a number of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, Check, Condition, Range, bounds, within
from penstock.tables import literal


class RowCount(Check, Range):
    """The file has enough rows, and not too many."""

    expectation: ClassVar[str] = "expect_table_row_count_to_be_between"

    check: Literal["row_count"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Count the rows that could be read."""
        yield self.of_file(
            passes=within("count(*)", self),
            reason=f"'found ' || count(*) || ' rows' || {literal(', expected ' + bounds(self))}",
            observed="count(*)",
        )


RULE = RowCount
