"""Powers of a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import NUMBERS, Step, Value
from penstock.features.engineering.writing import finite, named, number


class Polynomial(Step):
    """The second to ``degree``-th power of a number, which is centred first when ``centre`` is given."""

    engineer: Literal["polynomial"] = "polynomial"
    degree: int = Field(default=2, ge=2, le=5)
    centre: float | Literal["mean"] | None = None
    """Taken from the number first, so that powers go less together with it; ``mean`` is learnt."""

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the powers."""
        of = self.one(source, *NUMBERS)
        centre = source.mean(of) if self.centre == "mean" else self.centre
        base = number(of) if centre is None else f"({number(of)} - ({float(centre)!r}))"
        because = f"the mean is {centre:.6g}" if self.centre == "mean" and centre is not None else ""
        for power in range(2, self.degree + 1):
            name = named(self.name or of, *(() if self.name and self.degree == 2 else ("power", str(power))))  # noqa: PLR2004
            told = of if centre is None else f"({of} - {centre:.6g})"
            yield Value(
                name, finite(f"power({base}, {power})"), "decimal", f"{told} to the power {power}", because
            )


STEP = Polynomial
