"""Equal values found by sorting their hashes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.sketches import Distinct, Frequent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.sketches.frequent import Value

MOST_ROWS = 1 << 17
"""Rows that can be looked at together: their numbers take the place of a hash's lower bits."""
_LOW = np.uint64(MOST_ROWS - 1)


@dataclass(frozen=True)
class Runs:
    """The different values of at most 131,072 rows."""

    first: NDArray[np.int64]
    """Where each value stands first."""
    counts: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    """Their hashes, sorted, without the lower 17 bits."""

    @classmethod
    def of(cls, hashes: NDArray[np.uint64], weights: NDArray[np.int64] | None = None) -> Runs:
        """Find equal hashes; ``weights`` says how often each stands."""
        # One sort of numbers is several times faster than one that also carries places.
        packed = np.sort((hashes & ~_LOW) | np.arange(len(hashes), dtype=np.uint64))
        upper, places = packed & ~_LOW, (packed & _LOW).astype(np.int64)
        starts = starts_of(upper)
        if weights is None:
            counts = np.diff(starts, append=len(hashes))
        else:
            counts = np.add.reduceat(weights[places], starts) if len(starts) else np.zeros(0, dtype=np.int64)
        return cls(places[starts], counts.astype(np.int64), upper[starts])

    def distinct(self) -> Distinct:
        """Return the sketch of how many values there are."""
        return Distinct.of(self.hashes)


def starts_of(ordered: NDArray[Any]) -> NDArray[np.int64]:
    """Return where each run of equal values begins."""
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    return np.concatenate([np.zeros(min(1, len(ordered)), dtype=np.int64), changes])


def most_frequent(
    counts: NDArray[np.int64], label: Callable[[NDArray[np.int64]], Sequence[Value]], size: int
) -> Frequent:
    """Keep the largest counts; ``label`` names the values at some places."""
    cut = 0
    if len(counts) > size and counts.max() == 1:
        return Frequent({}, 1, size)
    if len(counts) > size:
        cut = int(np.partition(counts, len(counts) - size - 1)[len(counts) - size - 1])
    kept = np.flatnonzero(counts > cut)
    found: dict[Value, int] = {}
    for value, count in zip(label(kept), (counts[kept] - cut).tolist(), strict=True):
        found[value] = found.get(value, 0) + count
    return Frequent(found, cut, size)
