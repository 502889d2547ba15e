"""The bin that a number falls into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import NUMBERS, Step, Value
from penstock.features.engineering.writing import choice, named, no_number, number, value


class Bins(Step):
    """The number of the bin (from 0) that a number falls into; edges are learnt unless they are given."""

    engineer: Literal["bins"] = "bins"
    method: Literal["quantile", "width"] = "quantile"
    """``quantile``: about as many rows in each; ``width``: ranges of one width."""
    count: int = Field(default=10, ge=2, le=100)
    edges: tuple[float, ...] | None = None
    """A value at an edge belongs to the bin above it."""

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the bin's number; null for null, NaN and infinity."""
        of = self.one(source, *NUMBERS)
        edges = sorted(set(self.edges)) if self.edges is not None else self._learnt(of, source)
        if not edges:
            raise self.wrong(
                "The column has no two values to divide.", found=of, expected="a number that varies"
            )
        known = number(of)
        tests = [(f"{known} < {value(edge)}", str(place)) for place, edge in enumerate(edges)]
        first, last = (no_number(known), "null"), (f"{known} is not null", str(len(edges)))
        because = "" if self.edges is not None else f"edges of {source.rows:,} rows, by {self.method}"
        yield Value(
            self.name or named(of, "bin"), choice([first, *tests, last]), "integer",
            f"Bin of {of}, one of {len(edges) + 1}", because,
        )  # fmt: skip

    def _learnt(self, of: str, source: Source) -> list[float]:
        """Return the edges between bins, rising; fewer where many rows have one value."""
        low, high = source.extent(of)
        if low is None or high is None or low == high:
            return []
        steps = range(1, self.count)
        if self.method == "width":
            found = [low + (high - low) * step / self.count for step in steps]
        else:
            found = source.quantiles(of, [step / self.count for step in steps])
        return sorted({_rounded(edge) for edge in found if low < edge <= high})


def _rounded(edge: float) -> float:
    """Return an edge that a person can read: six digits."""
    return float(f"{edge:.6g}")


STEP = Bins
