"""Checks of what a whole column comes to: its least value, its mean, how many values it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from penstock.quality.conditions import (
    NUMBERS,
    PERSONAL,
    Cell,
    Cells,
    Check,
    ColumnCheck,
    Condition,
    Range,
    bounds,
    within,
)
from penstock.specs.base import ColumnName, ColumnType
from penstock.tables import literal


class Measure(ColumnCheck, Range):
    """A figure of a column lies in a range; a column without values has no figure and fails."""

    types: ClassVar[tuple[ColumnType, ...]] = NUMBERS
    figure: ClassVar[str]
    """The figure in words."""
    reveals: ClassVar[bool] = False
    """Whether the figure is itself a value of the column."""

    def measured(self, cell: Cell) -> str:
        """Return SQL of the figure, over all rows."""
        raise NotImplementedError

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Ask each column for its figure."""
        for name in self.looked_at():
            cell = cells[name]
            figure = self.measured(cell)
            shown = PERSONAL if self.reveals and cell.is_secret else figure
            yield self.of_file(
                (cell,),
                passes=f"coalesce({within(figure, self)}, FALSE)",
                observed=shown,
                reason=figure_reason(f"column {name}: found {self.figure} ", shown, bounds(self)),
            )


class PairMeasure(Check, Range):
    """A figure of two columns together lies in a range; rows that lack one of the values do not count."""

    types: ClassVar[tuple[ColumnType, ...]] = ()
    figure: ClassVar[str]

    column: ColumnName
    other: ColumnName

    def reads(self) -> tuple[str, ...]:
        """Return both columns."""
        return (self.column, self.other)

    def accepts(self) -> dict[str, tuple[ColumnType, ...]]:
        """Return the types that each column may have."""
        return dict.fromkeys(self.reads(), self.types) if self.types else {}

    def measured(self, first: Cell, second: Cell) -> str:
        """Return SQL of the figure, over all rows."""
        raise NotImplementedError

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Ask for the figure."""
        pair = (cells[self.column], cells[self.other])
        figure = self.measured(*pair)
        about = f"columns {self.column} and {self.other}: found {self.figure} "
        yield self.of_file(
            pair,
            passes=f"coalesce({within(figure, self)}, FALSE)",
            observed=figure,
            reason=figure_reason(about, figure, bounds(self)),
        )


def figure_reason(before: str, figure: str, expected: str) -> str:
    """Return SQL text of what was found, and what was expected."""
    return (
        f"{literal(before)} || coalesce(CAST({figure} AS VARCHAR), 'of nothing') || "
        f"{literal(', expected ' + expected)}"
    )
