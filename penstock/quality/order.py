"""Checks of order: of a column from row to row, and of two times in a row."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from penstock.quality.conditions import ASKED, NUMBERS, TIMES, Cells, ColumnCheck, Condition, found, not_among
from penstock.specs.base import ColumnName, ColumnType


class RowOrder(ColumnCheck):
    """A value compared with that of the row before, rows without a value aside."""

    types: ClassVar[tuple[ColumnType, ...]] = (*NUMBERS, *TIMES)
    wrong: ClassVar[str]
    """The SQL comparison with the value before that is wrong even when equal values are right."""
    words: ClassVar[tuple[str, str]]
    """What is expected, when equal values are right and when they are not."""

    strictly: bool = False
    """Whether it must not be the same either."""

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Look back, in the order of the file."""
        wrong = f"value {self.wrong}{'=' if self.strictly else ''} before"
        for name in self.looked_at():
            value = cells[name].typed
            offenders = (
                f"SELECT row FROM (SELECT row, {value} AS value, lag({value}) OVER (ORDER BY row) AS before "
                f"FROM {ASKED} WHERE {value} IS NOT NULL) AS steps WHERE {wrong}"
            )
            yield self.of_rows(
                (cells[name],),
                passes=not_among(offenders),
                offenders=offenders,
                reason=found(cells, (name,), f"{self.words[self.strictly]} the row before"),
            )


class TimeOrder(ColumnCheck):
    """A day or moment compared with another one of the row."""

    types: ClassVar[tuple[ColumnType, ...]] = TIMES
    right: ClassVar[str]
    """The SQL comparison with the other one that is right."""
    words: ClassVar[str]
    """The same in words."""

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
                passes=f"{cells[name].typed} {self.right} {other.typed}",
                reason=f"{found(cells, (name,), f'{self.words} {self.other} ')} || {other.shown}",
            )
