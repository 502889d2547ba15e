"""Interaction of two numbers: one over the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import NUMBERS, Step, Value
from penstock.features.engineering.writing import finite, named, number


class Ratio(Step):
    """The first number over the second; null where the second is zero or one is null."""

    engineer: Literal["ratio"] = "ratio"

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the ratio."""
        one, other = self.columns(source, 2, NUMBERS)
        name = self.name or named(one, "per", other)
        yield Value(
            name, finite(f"{number(one)} / nullif({number(other)}, 0)"), "decimal", f"{one} per {other}"
        )


STEP = Ratio
