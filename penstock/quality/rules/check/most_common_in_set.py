"""The most common value of a column must be one of a list."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import ASKED, PERSONAL, Cell, Cells, ColumnCheck, Condition
from penstock.quality.measures import figure_reason
from penstock.quality.members import SETS, Values, members, words
from penstock.specs.base import ColumnType


class MostCommonInSet(ColumnCheck):
    """The most common value of a column is one of a list."""

    types: ClassVar[tuple[ColumnType, ...]] = SETS
    expectation: ClassVar[str] = "expect_column_most_common_value_to_be_in_set"

    check: Literal["most_common_in_set"]
    values: Values
    ties_okay: bool = False
    """Whether one of several equally common values in the list is enough; otherwise all must be."""

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Count the rows of each value."""
        for name in self.looked_at():
            cell = cells[name]
            inside = f"value IN ({members(self, self.values, cell)})"
            test = f"bool_or({inside})" if self.ties_okay else f"bool_and({inside})"
            shown = PERSONAL if cell.is_secret else _most_common(cell, "list(value ORDER BY value)")
            yield self.of_file(
                (cell,),
                passes=f"coalesce({_most_common(cell, test)}, FALSE)",
                observed=shown,
                reason=figure_reason(
                    f"column {name}: found most often ", shown, f"one of {words(self.values)}"
                ),
            )


def _most_common(cell: Cell, what: str) -> str:
    """Return SQL of an aggregate over the most common values."""
    return (
        f"(SELECT {what} FROM (SELECT {cell.typed} AS value, rank() OVER (ORDER BY count(*) DESC) AS place "
        f"FROM {ASKED} WHERE {cell.typed} IS NOT NULL GROUP BY {cell.typed}) AS ranked WHERE place = 1)"
    )


RULE = MostCommonInSet
