"""The time between two dates or moments, or an age in years."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from penstock.quality.conditions import Cells
from penstock.quality.transformation import Augment, demand_type
from penstock.specs import Column
from penstock.specs.base import ColumnName, ColumnType

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}


class Duration(Augment):
    """Count the whole units of time from one date or moment to another; negative when it comes before.

    Years are full years, as an age is counted: from 2000-02-29 to 2001-02-28 it is 0.
    """

    augment: Literal["duration"]
    start: ColumnName
    end: ColumnName
    unit: Literal["seconds", "minutes", "hours", "days", "weeks", "months", "years"] = "days"

    def reads(self) -> tuple[str, ...]:
        """Return both columns."""
        return (self.start, self.end)

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return integer; both must be dates or moments."""
        demand_type(self, columns, "date", "timestamp")
        return "integer"

    def expression(self, cells: Cells) -> str:
        """Count what is complete."""
        start, end = (f"CAST({cells[name].typed} AS TIMESTAMP)" for name in self.reads())
        if self.unit in _SECONDS:
            return f"CAST(trunc((epoch({end}) - epoch({start})) / {_SECONDS[self.unit]}) AS BIGINT)"
        day = "epoch({0}) - epoch(date_trunc('month', {0}))"
        months = f"((year({end}) - year({start})) * 12 + month({end}) - month({start}))"
        first, last = day.format(start), day.format(end)
        ahead = f"WHEN {months} > 0 AND {last} < {first} THEN 1"
        behind = f"WHEN {months} < 0 AND {last} > {first} THEN -1"
        back = f"CASE {ahead} {behind} ELSE 0 END"
        full = f"({months} - {back})"
        return full if self.unit == "months" else f"CAST(trunc({full} / 12) AS BIGINT)"


RULE = Duration
