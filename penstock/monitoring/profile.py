"""What a column of a window or of the training rows holds, and its entry in ``statistics.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from penstock.sketches.quantiles import Sketch

if TYPE_CHECKING:
    from numpy.typing import NDArray

InferredType = Literal["Integral", "Fractional", "String", "Unknown"]
BUCKETS = 10
MAXIMUM_WORDS = 100
"""Most frequent words that are kept; further ones are counted together."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column's values, numbers or words, with what was missing or of another type."""

    name: str
    inferred_type: InferredType
    missing: int = 0
    mistyped: int = 0
    numbers: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    words: Mapping[str, int] = field(default_factory=dict)

    @property
    def present(self) -> int:
        """Number of usable values."""
        return (
            len(self.numbers)
            if self.inferred_type in ("Integral", "Fractional")
            else sum(self.words.values())
        )

    @property
    def rows(self) -> int:
        """Number of rows, whatever they hold."""
        return self.present + self.missing + self.mistyped

    def statistics(self) -> dict[str, Any]:
        """Return the column's entry in ``statistics.json``."""
        entry: dict[str, Any] = {"name": self.name, "inferred_type": self.inferred_type}
        common = {"num_present": self.present + self.mistyped, "num_missing": self.missing}
        if self.inferred_type in ("Integral", "Fractional"):
            return {**entry, "numerical_statistics": {"common": common, **_numerical(self.numbers)}}
        if self.inferred_type == "String":
            return {**entry, "string_statistics": {"common": common, **_words(self.words)}}
        return entry


def statistics_document(profiles: Iterable[ColumnProfile], rows: int) -> dict[str, Any]:
    """Return ``statistics.json`` for columns of the same rows."""
    features = [profile.statistics() for profile in profiles]
    return {"version": 0.0, "dataset": {"item_count": rows}, "features": features}


def _numerical(numbers: NDArray[np.float64]) -> dict[str, Any]:
    """Return moments, ten equal buckets and the sketch."""
    if not len(numbers):
        sketch = {"buckets": [], "sketch": Sketch(levels=()).document()}
        return {
            "mean": None,
            "sum": 0.0,
            "std_dev": None,
            "min": None,
            "max": None,
            "distribution": {"kll": sketch},
        }
    low, high = float(numbers.min()), float(numbers.max())
    edges = np.linspace(low, high, BUCKETS + 1)
    inner = np.searchsorted(edges[1:-1], numbers, side="right")
    counts = np.bincount(inner, minlength=BUCKETS)
    buckets = [
        {"lower_bound": float(edges[n]), "upper_bound": float(edges[n + 1]), "count": float(counts[n])}
        for n in range(BUCKETS)
    ]
    return {
        "mean": float(numbers.mean()),
        "sum": float(numbers.sum()),
        "std_dev": float(numbers.std()),
        "min": low,
        "max": high,
        "distribution": {"kll": {"buckets": buckets, "sketch": Sketch.of(numbers).document()}},
    }


def _words(words: Mapping[str, int]) -> dict[str, Any]:
    """Return the most frequent words, ties in alphabetical order."""
    ranked = sorted(words.items(), key=lambda entry: (-entry[1], entry[0]))[:MAXIMUM_WORDS]
    buckets = [{"value": word, "count": count} for word, count in ranked]
    return {"distinct_count": float(len(words)), "distribution": {"categorical": {"buckets": buckets}}}
