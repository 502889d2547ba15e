"""A KLL quantile sketch (Karnin, Lang, Liberty 2016) in the shape that Model Monitor stores.

Level *i* holds values that stand for 2**i rows each. When a level is over its capacity it is sorted
and every second value goes one level up. The choice between odd and even places follows from the number
of rows and the level, as if drawn, so that equal data give equal sketches.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.sketches.packing import pack, unpack

Vector = NDArray[np.float64]
_ODD = 0x9E3779B97F4A7C15
"""Weyl's increment: 2**64 divided by the golden ratio."""


@dataclass(frozen=True)
class Sketch:
    """Compactor levels, with the parameters that shaped them.

    Examples
    --------
    >>> sketch = Sketch.of(np.arange(100_000.0))
    >>> bool(abs(sketch.cdf(np.array([25_000.0]))[0] - 0.25) < 0.005)
    True
    >>> both = sketch.merge(Sketch.of(np.arange(100_000.0, 200_000.0)))
    >>> bool(abs(both.quantiles([0.5])[0] - 100_000) < 1_000)
    True
    """

    levels: tuple[Vector, ...]
    shrink: float = 0.64
    size: float = 2048.0

    @classmethod
    def of(cls, values: NDArray[Any], *, size: float = 2048.0, ordered: bool = False) -> Sketch:
        """Sketch some numbers (no NaN); say ``ordered`` if they are sorted: it saves sorting again."""
        return cls((np.asarray(values, dtype=np.float64),), size=size)._compacted(ordered=ordered)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Sketch:
        """Read the ``sketch`` entry of ``statistics.json``."""
        parameters = document.get("parameters", {})
        levels = tuple(np.array(level, dtype=np.float64) for level in document["data"])
        return cls(levels, float(parameters.get("c", 0.64)), float(parameters.get("k", 2048.0)))

    def document(self) -> dict[str, Any]:
        """Return the ``sketch`` entry of ``statistics.json``."""
        return {
            "parameters": {"c": self.shrink, "k": self.size},
            "data": [level.tolist() for level in self.levels],
        }

    def packed(self) -> dict[str, Any]:
        """Return the sketch in a tenth of the space of :meth:`document`."""
        sizes = [len(level) for level in self.levels]
        ordered = [np.sort(level) for level in self.levels]
        return {"size": self.size, "levels": sizes, "values": pack(np.concatenate([*ordered, np.zeros(0)]))}

    @classmethod
    def unpacked(cls, document: Mapping[str, Any]) -> Sketch:
        """Read what :meth:`packed` wrote."""
        places = np.cumsum(document["levels"])[:-1]
        levels = np.split(unpack(document["values"], "<f8"), places) if document["levels"] else []
        return cls(tuple(levels), size=document["size"])

    def merge(self, other: Sketch) -> Sketch:
        """Return the sketch of both sides' values, as small as the smaller of the two."""
        pairs = zip_longest(self.levels, other.levels, fillvalue=np.zeros(0))
        levels = tuple(np.concatenate(pair) for pair in pairs)
        return Sketch(levels, self.shrink, min(self.size, other.size))._compacted()

    @property
    def rows(self) -> int:
        """Number of values that the sketch stands for."""
        return sum(len(level) << n for n, level in enumerate(self.levels))

    def cdf(self, points: Vector) -> Vector:
        """Return the share of rows at or below each point."""
        values, cumulative = self._steps()
        if not values.size:
            return np.zeros(len(points))
        return np.concatenate([[0.0], cumulative])[np.searchsorted(values, points, side="right")]

    def quantiles(self, shares: list[float]) -> list[float]:
        """Return the least values at or below which the shares of rows lie; none of an empty sketch."""
        values, cumulative = self._steps()
        if not values.size:
            return []
        places = np.searchsorted(cumulative, np.array(shares) - 1e-12, side="left")
        return [float(value) for value in values[np.minimum(places, len(values) - 1)]]

    def points(self) -> Vector:
        """Return the values that the sketch kept, sorted."""
        return self._steps()[0]

    def capacity(self, level: int, height: int) -> int:
        """Return how many values a level may hold when there are ``height`` levels."""
        return 2 * (math.ceil(self.size * self.shrink ** (height - level - 1) / 2) + 1)

    def _compacted(self, *, ordered: bool = False) -> Sketch:
        """Return the sketch with every level within its capacity; every second of sorted values is sorted."""
        levels, rows = list(self.levels), self.rows
        while (full := _first_full(levels, self)) is not None:
            _compact(levels, full, offset=_coin(rows, full), ordered=ordered)
        return Sketch(tuple(levels), self.shrink, self.size)

    def _steps(self) -> tuple[Vector, Vector]:
        """Return the sorted values and the share of rows up to each."""
        values = np.concatenate([*self.levels, np.zeros(0)])
        weights = np.concatenate([*(np.full(len(v), 2.0**n) for n, v in enumerate(self.levels)), np.zeros(0)])
        order = np.argsort(values, kind="stable")
        total = weights.sum()
        return values[order], np.cumsum(weights[order]) / (total if total else 1.0)


def _coin(rows: int, level: int) -> int:
    """Return 0 or 1, as good as drawn."""
    mixed = (rows + 1) * _ODD + level * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    mixed = (mixed ^ mixed >> 30) * _ODD & 0xFFFFFFFFFFFFFFFF
    return mixed >> 63


def _first_full(levels: list[Vector], sketch: Sketch) -> int | None:
    """Return the lowest level that is over its capacity."""
    sizes = enumerate(map(len, levels))
    return next((n for n, size in sizes if size > sketch.capacity(n, len(levels))), None)


def _compact(levels: list[Vector], full: int, *, offset: int, ordered: bool) -> None:
    """Move every second value of a level up; an odd one stays, so that no weight is lost."""
    if full + 1 == len(levels):
        levels.append(np.zeros(0))
    level = levels[full] if ordered else np.sort(levels[full])
    even = len(level) - len(level) % 2
    levels[full + 1] = np.concatenate([levels[full + 1], level[offset:even:2]])
    levels[full] = level[even:]
