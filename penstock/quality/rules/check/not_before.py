"""A day or moment must not be before another one of the same row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, ColumnCheck, Condition, every, found, invalid
from penstock.specs.base import ColumnName, ColumnType

_TIMES: tuple[ColumnType, ...] = ("date", "timestamp")


class NotBefore(ColumnCheck):
    """A day is not before another one."""

    types: ClassVar[tuple[ColumnType, ...]] = _TIMES

    check: Literal["not_before"]
    other: ColumnName

    def reads(self) -> tuple[str, ...]:
        """Return the columns that must be there before it."""
        return (*self.looked_at(), self.other)

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare with the other column; a null on either side passes."""
        columns, other = self.looked_at(), cells[self.other]
        if other.column.type not in _TIMES:
            raise invalid(self, f"{self.other} of type {other.column.type}", expected="a date or timestamp")
        yield self.of_rows(
            cells,
            passes=every(cells, columns, lambda cell: f"{cell.typed} >= {other.typed}"),
            reason=f"{found(cells, columns, f'not before {self.other} ')} || {other.shown}",
        )


RULE = NotBefore
