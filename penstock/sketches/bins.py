"""A histogram that is merged without loss: bins as wide as a power of two, at multiples of their width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 32
_LOWEST = -1022


@dataclass(frozen=True)
class Bins:
    """Counts of consecutive bins; bin n of width w holds values from (first + n) * w, below the next bound.

    The width is the smallest power of two by which at most 32 bins reach from the least to the greatest
    value, so it does not depend on the order or grouping of merges.

    Examples
    --------
    >>> one, other = Bins.of(np.array([0.0, 1.0, 5.0])), Bins.of(np.array([40.0, 63.0]))
    >>> both = one.merge(other)
    >>> both.width, both.counts[:4].tolist(), both.counts.sum()
    (2.0, [2, 0, 1, 0], np.int64(5))
    """

    exponent: int
    first: int
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, ordered: NDArray[Any]) -> Bins | None:
        """Count sorted, finite numbers; None if there are none."""
        if not len(ordered):
            return None
        low, high = float(ordered[0]), float(ordered[-1])
        whole = ordered.dtype.kind == "i"
        exponent = _exponent(low, high, 0 if whole else _finest(low, high))
        first, last = _place(low, exponent), _place(high, exponent)
        with np.errstate(over="ignore"):
            bounds = np.ldexp(np.arange(first + 1, last + 1, dtype=np.float64), exponent)
        edges = np.searchsorted(ordered, bounds, side="left")
        counts = np.diff(np.concatenate([[0], edges, [len(ordered)]]))
        return cls(exponent, first, counts.astype(np.int64))

    @property
    def width(self) -> float:
        """Width of a bin."""
        return math.ldexp(1.0, self.exponent)

    def bounds(self) -> list[tuple[float, float]]:
        """Return the lower and the upper bound of each bin; beyond a float they are infinite."""
        places = np.arange(self.first, self.first + len(self.counts) + 1, dtype=np.float64)
        with np.errstate(over="ignore"):
            edges = np.ldexp(places, self.exponent).tolist()
        return list(pairwise(edges))

    def merge(self, other: Bins | None) -> Bins:
        """Return the histogram of both sides."""
        if other is None:
            return self
        exponent = max(self.exponent, other.exponent)
        while True:
            one, two = self._coarser(exponent), other._coarser(exponent)
            first = min(one.first, two.first)
            last = max(one.first + len(one.counts), two.first + len(two.counts))
            if last - first <= MOST:
                break
            exponent += 1
        counts = np.zeros(last - first, dtype=np.int64)
        for part in (one, two):
            start = part.first - first
            counts[start : start + len(part.counts)] += part.counts
        return Bins(exponent, first, counts)

    def document(self) -> dict[str, Any]:
        """Return the histogram for JSON."""
        return {"exponent": self.exponent, "first": self.first, "counts": self.counts.tolist()}

    @classmethod
    def read(cls, document: dict[str, Any]) -> Bins:
        """Read what :meth:`document` wrote."""
        return cls(document["exponent"], document["first"], np.array(document["counts"], dtype=np.int64))

    def _coarser(self, exponent: int) -> Bins:
        """Join neighbours until bins have a width."""
        steps = exponent - self.exponent
        if not steps:
            return self
        first = self.first >> steps
        places = [((self.first + n) >> steps) - first for n in range(len(self.counts))]
        counts = np.zeros(places[-1] + 1, dtype=np.int64)
        np.add.at(counts, places, self.counts)
        return Bins(exponent, first, counts)


def _exponent(low: float, high: float, finest: int) -> int:
    """Return the exponent of the narrowest bins, at most 32 of them and no finer than asked."""
    half = high / 2 - low / 2
    exponent = max(finest, math.frexp(half)[1] - MOST.bit_length() + 1 if half else finest)
    while _place(high, exponent) - _place(low, exponent) >= MOST:
        exponent += 1
    return exponent


def _finest(low: float, high: float) -> int:
    """Return the exponent of the last binary digit of the larger bound."""
    return max(_LOWEST, math.frexp(max(abs(low), abs(high)))[1] - 53)


def _place(value: float, exponent: int) -> int:
    """Return the number of the bin that a value is in, exactly."""
    numerator, denominator = value.as_integer_ratio()
    return (
        numerator // (denominator << exponent) if exponent >= 0 else (numerator << -exponent) // denominator
    )
