"""Days since a fixed day, or from one moment of the row to another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import MOMENTS, Step, Value
from penstock.features.engineering.writing import column, named


class DaysSince(Step):
    """The days from a date or time to another one (``until``), or to it from a fixed day (``since``).

    There is no "days since today": the feature of a row would change overnight, and training would see other
    values than serving.
    """

    engineer: Literal["days_since"] = "days_since"
    until: str | None = None
    """A column."""
    since: date | None = None
    """A fixed day, in place of ``until``."""

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the number of days."""
        of = self.one(source, *MOMENTS)
        if (self.until is None) == (self.since is None):
            raise self.wrong(
                "The days need one other end.", found=of, expected="'until' or 'since', one of them"
            )
        moment = f"cast({column(of)} as date)"
        if self.since is not None:
            days = f"date_diff('day', cast('{self.since.isoformat()}' as date), {moment})"
            told = f"Days from {self.since.isoformat()} to {of}"
            yield Value(self.name or named("days", "to", of), days, "integer", told)
            return
        until = str(self.until)
        if source.type(until) not in MOMENTS:
            raise self.wrong("'until' is no moment.", found=until, expected="a date or timestamp")
        days = f"date_diff('day', {moment}, cast({column(until)} as date))"
        yield Value(self.name or named("days", "since", of), days, "integer", f"Days from {of} to {until}")


STEP = DaysSince
