"""Count, mean and squared deviations that are merged without loss (Chan, Golub and LeVeque 1979)."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations from the mean.

    Examples
    --------
    >>> one, other = Moments.of(np.array([1.0, 2.0])), Moments.of(np.array([3.0, 6.0]))
    >>> one.merge(other)
    Moments(count=4, mean=3.0, squares=14.0)
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: NDArray[Any], weights: NDArray[Any] | None = None) -> Moments:
        """Measure numbers (finite ones), each as often as its weight says."""
        if not len(values):
            return cls()
        with np.errstate(over="ignore", invalid="ignore"):
            if weights is None:
                return cls(len(values), float(values.mean()), float(values.var() * len(values)))
            count = int(weights.sum())
            mean = float(np.dot(values, weights) / count)
            return cls(count, mean, float(np.dot((values - mean) ** 2, weights)))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both sides."""
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        return Moments(
            count, mean, self.squares + other.squares + apart * apart * self.count * other.count / count
        )

    def deviation(self) -> float | None:
        """Return the standard deviation of the sample, None of fewer than two values or beyond a float."""
        if self.count < 2 or not math.isfinite(self.squares):  # noqa: PLR2004
            return None
        return math.sqrt(max(self.squares, 0.0) / (self.count - 1))

    def document(self) -> list[float | None]:
        """Return the three numbers for JSON, None for what is beyond a float."""
        return [value if math.isfinite(value) else None for value in astuple(self)]

    @classmethod
    def read(cls, document: list[float | None]) -> Moments:
        """Read what :meth:`document` wrote."""
        count, mean, squares = (math.inf if value is None else value for value in document)
        return cls(int(count), mean, squares)
