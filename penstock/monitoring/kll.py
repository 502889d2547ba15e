"""A KLL quantile sketch (Karnin, Lang, Liberty 2016) in the shape that Model Monitor stores.

Level *i* holds values that stand for 2**i rows each. When a level is over its capacity it is sorted
and every second value goes one level up. Here the choice between odd and even places alternates by
level instead of being random, so that equal data give equal sketches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Sketch:
    """Compactor levels, with the parameters that shaped them.

    Examples
    --------
    >>> sketch = Sketch.of(np.arange(100_000.0))
    >>> bool(abs(sketch.cdf(np.array([25_000.0]))[0] - 0.25) < 0.005)
    True
    """

    levels: tuple[Vector, ...]
    shrink: float = 0.64
    size: float = 2048.0

    @classmethod
    def of(cls, values: Vector) -> Sketch:
        """Sketch some numbers (no NaN)."""
        empty = cls(levels=())
        levels = [np.asarray(values, dtype=np.float64)]
        while (full := _first_full(levels, empty)) is not None:
            _compact(levels, full)
        return cls(levels=tuple(levels))

    @classmethod
    def read(cls, document: dict[str, Any]) -> Sketch:
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

    def cdf(self, points: Vector) -> Vector:
        """Return the share of rows at or below each point."""
        values, cumulative = self._steps()
        if not values.size:
            return np.zeros(len(points))
        return np.concatenate([[0.0], cumulative])[np.searchsorted(values, points, side="right")]

    def points(self) -> Vector:
        """Return the values that the sketch kept, sorted."""
        return self._steps()[0]

    def capacity(self, level: int, height: int) -> int:
        """Return how many values a level may hold when there are ``height`` levels."""
        return 2 * (math.ceil(self.size * self.shrink ** (height - level - 1) / 2) + 1)

    def _steps(self) -> tuple[Vector, Vector]:
        """Return the sorted values and the share of rows up to each."""
        values = np.concatenate([*self.levels, np.zeros(0)])
        weights = np.concatenate([*(np.full(len(v), 2.0**n) for n, v in enumerate(self.levels)), np.zeros(0)])
        order = np.argsort(values, kind="stable")
        total = weights.sum()
        return values[order], np.cumsum(weights[order]) / (total if total else 1.0)


def _first_full(levels: list[Vector], sketch: Sketch) -> int | None:
    """Return the lowest level that is over its capacity."""
    sizes = enumerate(map(len, levels))
    return next((n for n, size in sizes if size > sketch.capacity(n, len(levels))), None)


def _compact(levels: list[Vector], full: int) -> None:
    """Move every second value of a level up; an odd one stays, so that no weight is lost."""
    if full + 1 == len(levels):
        levels.append(np.zeros(0))
    ordered = np.sort(levels[full])
    even = len(ordered) - len(ordered) % 2
    levels[full + 1] = np.concatenate([levels[full + 1], ordered[full % 2 : even : 2]])
    levels[full] = ordered[even:]
