"""The file must have a number of columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, Check, Condition, Range, bounds, within
from penstock.quality.context import Context
from penstock.tables import literal


class ColumnCount(Check, Range):
    """The file has a number of columns."""

    expectation: ClassVar[str] = "expect_table_column_count_to_be_between"

    check: Literal["column_count"]

    def in_context(self, cells: Cells, context: Context) -> Iterator[Condition]:
        """Count the file's columns, not the contract's."""
        if context.columns is None:
            yield self.skip("the file's own columns are not known")
            return
        number = str(len(context.columns))
        yield self.of_file(
            passes=within(number, self),
            observed=number,
            reason=literal(f"found {number} columns, expected {bounds(self)}"),
        )


RULE = ColumnCount
