"""Difference of two numbers, or of two moments in days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import MOMENTS, NUMBERS, Step, Value
from penstock.features.engineering.writing import column, finite, named, number


class Difference(Step):
    """The first number less the second; of two moments the days from the second to the first."""

    engineer: Literal["difference"] = "difference"

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the difference."""
        if self.of and source.type(self.of[0]) in MOMENTS:
            one, other = self.columns(source, 2, MOMENTS)
            days = f"date_diff('day', cast({column(other)} as date), cast({column(one)} as date))"
            yield Value(
                self.name or named("days", other, "to", one), days, "integer", f"Days from {other} to {one}"
            )
            return
        one, other = self.columns(source, 2, NUMBERS)
        name = self.name or named(one, "less", other)
        yield Value(name, finite(f"{number(one)} - {number(other)}"), "decimal", f"{one} less {other}")


STEP = Difference
