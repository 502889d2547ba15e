"""Checks of the set of a column's values."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from typing import ClassVar

from penstock.quality.conditions import ASKED, PERSONAL, Cell, ColumnCheck, Condition
from penstock.quality.measures import figure_reason
from penstock.quality.members import SETS, Values, member, members, words
from penstock.specs.base import ColumnType

_SHOWN = 100
"""Distinct values that a result lists."""


class DistinctCheck(ColumnCheck):
    """A check of the set of a column's values."""

    types: ClassVar[tuple[ColumnType, ...]] = SETS

    values: Values

    def outside(self, cell: Cell) -> str:
        """Return SQL of how many rows have a value that is not in the list."""
        return f"count(*) FILTER (WHERE {cell.typed} NOT IN ({members(self, self.values, cell)}))"

    def inside(self, cell: Cell) -> str:
        """Return SQL of how many values of the list there are."""
        among = f"{cell.typed} IN ({members(self, self.values, cell)})"
        return f"count(DISTINCT CASE WHEN {among} THEN {cell.typed} END)"

    def number(self, cell: Cell) -> int:
        """Return how many different values the list has."""
        return len({member(self, value, cell) for value in self.values})

    def asked(self, cell: Cell, test: str, how: str) -> Condition:
        """Make the condition."""
        seen = PERSONAL if cell.is_secret else distinct_values(cell)
        about = f"column {cell.column.name}: found "
        reason = figure_reason(about, seen, f"{how} {words(self.values)}")
        return self.of_file((cell,), passes=test, observed=seen, reason=reason)


def distinct_values(cell: Cell) -> str:
    """Return SQL of the list of the first distinct values."""
    return (
        f"(SELECT list(value ORDER BY value) FROM (SELECT DISTINCT {cell.typed} AS value FROM {ASKED} "
        f"WHERE {cell.typed} IS NOT NULL ORDER BY value LIMIT {_SHOWN}) AS first_values)"
    )
