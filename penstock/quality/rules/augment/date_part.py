"""A part of a date or moment as a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from penstock.quality.conditions import Cells
from penstock.quality.transformation import Augment, demand_type
from penstock.specs import Column
from penstock.specs.base import ColumnName, ColumnType


class DatePart(Augment):
    """Take a part of a date or moment, such as year, ISO week or weekday (Monday is 1)."""

    augment: Literal["date_part"]
    of: ColumnName
    part: Literal[
        "year", "quarter", "month", "week", "day", "weekday", "day_of_year", "hour", "minute", "second"
    ]

    def reads(self) -> tuple[str, ...]:
        """Return the date's column."""
        return (self.of,)

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return integer; only dates and moments have parts."""
        demand_type(self, columns, "date", "timestamp")
        return "integer"

    def expression(self, cells: Cells) -> str:
        """Ask the engine for the part."""
        name = {"weekday": "isodow", "day_of_year": "dayofyear"}.get(self.part, self.part)
        return f"{name}(CAST({cells[self.of].typed} AS TIMESTAMP))"


RULE = DatePart
