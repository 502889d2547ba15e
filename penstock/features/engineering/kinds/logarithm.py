"""The logarithm of a skewed number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import NUMBERS, Step, Value
from penstock.features.engineering.writing import finite, named, number


class Logarithm(Step):
    """The natural logarithm of 1 + x, mirrored at zero for negative numbers: sign(x) ln(1 + |x|)."""

    engineer: Literal["logarithm"] = "logarithm"

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the logarithm."""
        of = self.one(source, *NUMBERS)
        mirrored = finite(f"sign({number(of)}) * ln(1 + abs({number(of)}))")
        yield Value(self.name or named("log", of), mirrored, "decimal", f"Logarithm of {of}")


STEP = Logarithm
