"""How far the distribution of each column moved, told from profiles without reading rows.

The profile of a snapshot is the sum of those of its arrivals: a cumulative distribution is the mean of theirs
by rows, and straight within a range of a histogram.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from penstock.catalog.differences import Drift

_ROBUST = 1.8
"""Factor of Model Monitor's correction for small samples."""


@dataclass
class _Shape:
    """What is known of a column over some arrivals."""

    rows: int = 0
    nulls: int = 0
    ranges: list[tuple[float, float, int]] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)
    counted: int = 0
    """Rows that have one of the words; the others have words that are not known."""

    @property
    def present(self) -> int:
        return self.rows - self.nulls

    def add(self, column: Mapping[str, Any]) -> None:
        """Add the column of an arrival's profile."""
        self.rows += int(column["count"])
        self.nulls += int(column["nulls"])
        for bucket in column.get("histogram") or ():
            self.ranges.append((_number(bucket["lower"]), _number(bucket["upper"]), int(bucket["count"])))
        for top in column.get("top") or ():
            self.words[str(top["value"])] += int(top["count"])
            self.counted += int(top["count"])

    def steps(self) -> _Steps:
        """Return the cumulative distribution of the numbers."""
        total = sum(count for *_, count in self.ranges) or 1
        slopes: defaultdict[float, float] = defaultdict(float)
        jumps: defaultdict[float, float] = defaultdict(float)
        for lower, upper, count in self.ranges:
            if upper > lower:
                slopes[lower] += count / total / (upper - lower)
                slopes[upper] -= count / total / (upper - lower)
            else:
                jumps[lower] += count / total
        return _Steps.of(slopes, jumps)


@dataclass(frozen=True)
class _Steps:
    """A cumulative distribution: points, its value just before and at each, and straight between them."""

    points: tuple[float, ...]
    before: tuple[float, ...]
    at: tuple[float, ...]

    @classmethod
    def of(cls, slopes: Mapping[float, float], jumps: Mapping[float, float]) -> _Steps:
        points = tuple(sorted({*slopes, *jumps}))
        before, at = list[float](), list[float]()
        height, slope, last = 0.0, 0.0, points[0] if points else 0.0
        for point in points:
            before.append(height := height + slope * (point - last))
            at.append(height := height + jumps.get(point, 0.0))
            slope, last = slope + slopes.get(point, 0.0), point
        return cls(points, tuple(before), tuple(at))

    def around(self, point: float) -> tuple[float, float]:
        """Return the values just before and at a point."""
        place = bisect_right(self.points, point)
        if place == 0:
            return 0.0, 0.0
        if self.points[place - 1] == point:
            return self.before[place - 1], self.at[place - 1]
        if place == len(self.points):
            return self.at[-1], self.at[-1]
        share = (point - self.points[place - 1]) / (self.points[place] - self.points[place - 1])
        value = self.at[place - 1] + share * (self.before[place] - self.at[place - 1])
        return value, value


def drifts(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> tuple[Drift, ...]:
    """Compare columns that both sides have, those that moved most first.

    Parameters
    ----------
    before, after
        Profiles of the arrivals of a snapshot, as JSON, or their reports with these under ``profile``:
        ``columns``, each with ``name``, ``count``, ``nulls`` and, where values may be shown, ``histogram`` or
        ``top``.

    Notes
    -----
    Distances are those of SageMaker Model Monitor: for numbers the largest difference of the cumulative
    distributions, for texts the largest difference of a value's share; robust is that less
    1.8 * sqrt((n + m) / (n * m)), and 0 at least.

    Examples
    --------
    >>> def profile(low, high):
    ...     histogram = [{"lower": low, "upper": high, "count": 10_000}]
    ...     return {"columns": [{"name": "x", "count": 10_000, "nulls": 0, "histogram": histogram}]}
    >>> [one] = drifts([profile(0, 10)], [profile(5, 15)])
    >>> one.distance, round(one.robust, 4)
    (0.5, 0.4745)
    """
    old, new = _shapes(before), _shapes(after)
    found = [_drift(name, old[name], new[name]) for name in old if name in new]
    return tuple(sorted(found, key=lambda one: (-_size(one), one.column)))


def _shapes(profiles: Iterable[Mapping[str, Any]]) -> dict[str, _Shape]:
    shapes: dict[str, _Shape] = {}
    for profile in profiles:
        for column in (
            profile.get("columns" if "sketches" in profile else "profile") or profile.get("columns") or ()
        ):
            if "count" in column:
                shapes.setdefault(str(column["name"]), _Shape()).add(column)
    return shapes


def _drift(name: str, old: _Shape, new: _Shape) -> Drift:
    kind, distance = "nulls", None
    if old.ranges and new.ranges:
        kind, distance = "numeric", _farthest(old, new)
    elif old.words and new.words:
        kind, distance = "categorical", _words(old, new)
    robust = None
    if distance is not None and old.present and new.present:
        spread = math.sqrt((old.present + new.present) / (old.present * new.present))
        robust = max(0.0, distance - _ROBUST * spread)
    shares = {"nulls_before": old.nulls / (old.rows or 1), "nulls_after": new.nulls / (new.rows or 1)}
    return Drift(column=name, kind=kind, distance=distance, robust=robust, **shares)


def _farthest(old: _Shape, new: _Shape) -> float:
    """Return the largest difference of two cumulative distributions: it lies at an end of a range."""
    sides = [old.steps(), new.steps()]
    ends = {*sides[0].points, *sides[1].points}
    around = (zip(sides[0].around(end), sides[1].around(end), strict=True) for end in ends)
    return max(abs(one - other) for pairs in around for one, other in pairs)


def _words(old: _Shape, new: _Shape) -> float:
    """Return the largest difference of a share; words that one side has not counted are left out."""
    complete = old.counted >= old.present and new.counted >= new.present
    compared = old.words.keys() | new.words.keys() if complete else old.words.keys() & new.words.keys()
    shares = (abs(old.words[word] / old.present - new.words[word] / new.present) for word in compared)
    return max(shares, default=0.0)


def _number(value: float | str) -> float:
    """Return a bound as a number; dates and times are seconds."""
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)


def _size(one: Drift) -> float:
    return max(one.distance or 0.0, abs(one.nulls_after - one.nulls_before))
