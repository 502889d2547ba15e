"""A day or moment must not be before another one of the same row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import TIMES, Cells, ColumnCheck, Condition, found
from penstock.specs.base import ColumnName, ColumnType


class NotBefore(ColumnCheck):
    """A day or moment is not before another one of the row."""

    types: ClassVar[tuple[ColumnType, ...]] = TIMES

    check: Literal["not_before"]
    other: ColumnName

    def reads(self) -> tuple[str, ...]:
        """Return the columns that must be there before it."""
        return (*self.looked_at(), self.other)

    def accepts(self) -> dict[str, tuple[ColumnType, ...]]:
        """Return the types that each column may have."""
        return dict.fromkeys(self.reads(), self.types)

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare with the other column; a null on either side passes."""
        other = cells[self.other]
        for name in self.looked_at():
            yield self.of_rows(
                (cells[name], other),
                passes=f"{cells[name].typed} >= {other.typed}",
                reason=f"{found(cells, (name,), f'not before {self.other} ')} || {other.shown}",
            )


RULE = NotBefore
