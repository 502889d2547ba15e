"""A cell must be empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, ColumnCheck, Condition, found


class Null(ColumnCheck):
    """A cell has no value."""

    expectation: ClassVar[str] = "expect_column_values_to_be_null"

    check: Literal["null"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Look at what arrived."""
        for name in self.looked_at():
            reason = found(cells, (name,), "nothing")
            yield self.of_rows((cells[name],), passes=cells[name].nothing, reason=reason, missing="FALSE")


RULE = Null
