"""Parts of a date or a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import MOMENTS, Step, Value
from penstock.features.engineering.writing import column, named
from penstock.specs.base import ColumnType

Part = Literal["year", "quarter", "month", "day", "weekday", "hour", "is_weekend", "day_of_year"]
_MONDAY = "cast('1970-01-05' as date)"


class DatePart(Step):
    """Parts of a date or time: year, quarter, month, day, weekday (Monday is 0), hour and others."""

    engineer: Literal["date_part"] = "date_part"
    parts: tuple[Part, ...] = ("month", "weekday")

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the parts."""
        of = self.one(source, *MOMENTS)
        for part in self.parts:
            if part == "hour" and source.type(of) == "date":
                raise self.wrong("A date has no hour.", found=of, expected="a timestamp")
            kind: ColumnType = "boolean" if part == "is_weekend" else "integer"
            name = self.name if self.name and len(self.parts) == 1 else named(self.name or of, part)
            yield Value(name, _part(part, column(of)), kind, f"{part.replace('_', ' ')} of {of}")


def _part(part: Part, of: str) -> str:
    """Return a part as SQL that means the same in DuckDB, Athena and Spark; their weekdays differ."""
    weekday = f"((date_diff('day', {_MONDAY}, cast({of} as date)) % 7) + 7) % 7"
    if part == "weekday":
        return weekday
    if part == "is_weekend":
        return f"{weekday} >= 5"
    if part == "day_of_year":
        return f"dayofyear({of})"
    return f"{part}({of})"


STEP = DatePart
