"""A number must lie in a range, both ends included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, ColumnCheck, Condition, Range, bounds, every, found, within
from penstock.specs.base import ColumnType


class Between(ColumnCheck, Range):
    """A number lies in a range."""

    types: ClassVar[tuple[ColumnType, ...]] = ("integer", "decimal")

    check: Literal["between"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare the typed value."""
        columns = self.looked_at()
        yield self.of_rows(
            cells,
            passes=every(cells, columns, lambda cell: within(cell.typed, self)),
            reason=found(cells, columns, bounds(self)),
        )


RULE = Between
