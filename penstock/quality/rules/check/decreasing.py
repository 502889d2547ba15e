"""Values must not rise from one row to the next."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import ASKED, NUMBERS, TIMES, Cells, ColumnCheck, Condition, found, not_among
from penstock.specs.base import ColumnType


class Decreasing(ColumnCheck):
    """A value is not greater than that of the row before, rows without a value aside."""

    types: ClassVar[tuple[ColumnType, ...]] = (*NUMBERS, *TIMES)
    expectation: ClassVar[str] = "expect_column_values_to_be_decreasing"

    check: Literal["decreasing"]
    strictly: bool = False
    """Whether it must not be the same either."""

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Look back, in the order of the file."""
        for name in self.looked_at():
            value = cells[name].typed
            wrong = f"value {'>=' if self.strictly else '>'} before"
            offenders = (
                f"SELECT row FROM (SELECT row, {value} AS value, lag({value}) OVER (ORDER BY row) AS before "
                f"FROM {ASKED} WHERE {value} IS NOT NULL) AS steps WHERE {wrong}"
            )
            words = "less than" if self.strictly else "not greater than"
            yield self.of_rows(
                (cells[name],),
                passes=not_among(offenders),
                offenders=offenders,
                reason=found(cells, (name,), f"{words} the row before"),
            )


RULE = Decreasing
