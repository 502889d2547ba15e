"""Which rows of an entity each moment's window holds, as slices of rows sorted by entity and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Timeline:
    """Rows of whole entities, sorted by entity and time, and the moments that they make.

    Parameters
    ----------
    entities
        Number of each row's entity, rising.
    times
        Microseconds of each row.
    ends
        For each moment of each entity, the place after its last row.
    """

    entities: Places
    times: Places
    ends: Places

    @property
    def last(self) -> Places:
        """The last row of each moment."""
        return self.ends - 1

    @property
    def newest(self) -> Places:
        """The last moment of each entity."""
        of = self.entities[self.last]
        return np.flatnonzero(np.append(of[1:] != of[:-1], True)) if len(of) else of

    def starts(self, window: int | None) -> Places:
        """Return the first row in the window of each moment: later than the moment less the window.

        Parameters
        ----------
        window
            Microseconds; None for all rows so far.
        """
        if not len(self.ends):
            return self.ends
        firsts = np.flatnonzero(np.append(True, self.entities[1:] != self.entities[:-1]))
        if window is None:
            return np.asarray(firsts[self.entities[self.last]])
        known, ranks = np.unique(self.times, return_inverse=True)
        step = len(known) + 1
        oldest = np.searchsorted(known, self.times[self.last] - window, side="right")
        line = self.entities * step + ranks.reshape(-1)
        return np.searchsorted(line, self.entities[self.last] * step + oldest, side="left")


def timeline(new_entity: NDArray[np.bool_], times: Places) -> Timeline:
    """Return the timeline of rows.

    Parameters
    ----------
    new_entity
        Whether a row is the first one of its entity.

    Examples
    --------
    >>> rows = timeline(np.array([True, False, False]), np.array([1, 5, 5]))
    >>> rows.ends.tolist(), rows.starts(4).tolist()
    ([1, 3], [0, 1])
    """
    entities = np.cumsum(new_entity) - 1
    moved = (times[1:] != times[:-1]) | new_entity[1:]
    ends = np.flatnonzero(np.append(moved, True)) + 1 if len(times) else np.zeros(0, dtype=np.int64)
    return Timeline(entities.astype(np.int64), times, ends)


def extremes(values: NDArray[Any], starts: Places, ends: Places, *, highest: bool) -> Places:
    """Return the place of the smallest or largest value in each slice that is not empty.

    Parameters
    ----------
    values
        Comparable ones, without NaN.
    """
    best = np.zeros(len(starts), dtype=np.int64)
    lengths = ends - starts
    level = np.where(lengths > 0, np.frexp(np.maximum(lengths, 1).astype(np.float64))[1] - 1, -1)
    places, width = np.arange(len(values)), 1
    for power in range(int(level.max(initial=-1)) + 1):
        here = np.flatnonzero(level == power)
        left, right = places[starts[here]], places[ends[here] - width]
        best[here] = _better(values, left, right, highest)
        if len(places) > width:
            places = _better(values, places[:-width], places[width:], highest)
        width *= 2
    return best


def _better(values: NDArray[Any], left: Places, right: Places, highest: bool) -> Places:
    """Return the places of the better values of two."""
    first, second = values[left], values[right]
    return np.where(second > first if highest else second < first, right, left)


def distinct_counts(codes: Places, entities: Places, starts: Places, ends: Places) -> Places:
    """Return how many different codes each slice holds.

    Windows only move forward, so a value adds one to a run of windows: from the first that holds it and no
    earlier equal value of its entity to the last that holds it.

    Parameters
    ----------
    codes
        Equal for equal values.
    entities
        Whose each value is.
    """
    if not len(codes):
        return np.zeros(len(starts), dtype=np.int64)
    order = np.lexsort((codes, entities))
    again = (codes[order][1:] == codes[order][:-1]) & (entities[order][1:] == entities[order][:-1])
    before = np.full(len(codes), -1, dtype=np.int64)
    before[order[1:][again]] = order[:-1][again]
    last = np.searchsorted(starts, np.arange(len(codes)), side="right") - 1
    first = np.searchsorted(ends, np.arange(len(codes)), side="right")
    first = np.maximum(first, np.where(before < 0, 0, last[before] + 1))
    counted = first <= last
    added = np.bincount(first[counted], minlength=len(starts) + 1)
    added -= np.bincount(last[counted] + 1, minlength=len(starts) + 1)
    return np.asarray(np.cumsum(added[: len(starts)]))
