"""The file must have certain columns, in any or a certain order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cells, Check, Condition
from penstock.quality.context import Context
from penstock.quality.members import words
from penstock.specs.base import ColumnName
from penstock.tables import literal


class ColumnsMatch(Check):
    """The file has certain columns, in any or a certain order."""

    expectation: ClassVar[str] = "expect_table_columns_to_match_set"

    check: Literal["columns_match"]
    names: tuple[ColumnName, ...] = Field(min_length=1)
    order: bool = False
    """Whether they must stand in this order (great-expectations: ``…_to_match_ordered_list``)."""
    exact: bool = True
    """Whether there must be no others."""

    def in_context(self, cells: Cells, context: Context) -> Iterator[Condition]:
        """Compare with the file's columns, not with the contract's."""
        if context.columns is None:
            yield self.skip("the file's own columns are not known")
            return
        there = (
            context.columns if self.exact else tuple(name for name in context.columns if name in self.names)
        )
        passes = there == self.names if self.order else sorted(there) == sorted(self.names)
        yield self.of_file(
            passes=literal(passes),
            observed=f"[{', '.join(map(literal, context.columns))}]",
            reason=literal(f"found columns {words(context.columns)}, expected {words(self.names)}"),
        )


RULE = ColumnsMatch
