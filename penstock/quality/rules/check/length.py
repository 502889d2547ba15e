"""A text must have a number of characters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, ColumnCheck, Condition, Range, bounds, every, found, within
from penstock.specs.base import ColumnType


class Length(ColumnCheck, Range):
    """A text is neither too short nor too long."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    check: Literal["length"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Count characters, not bytes."""
        columns = self.looked_at()
        yield self.of_rows(
            cells,
            passes=every(cells, columns, lambda cell: within(f"length({cell.text})", self)),
            reason=found(cells, columns, f"{bounds(self)} characters"),
        )


RULE = Length
