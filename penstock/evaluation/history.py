"""What earlier versions say of a new one: no sudden drop, no slow decline, and how quality ages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import combinations, pairwise
from statistics import median

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.evaluation.bootstrap import Interval, Sample
from penstock.evaluation.checks import Check
from penstock.evaluation.measuring import LOWER_IS_BETTER, tolerated

_FEWEST_VERSIONS = 4
"""Of three versions, even a steady fall is chance once in six times."""
_LAST_VERSIONS = 10
_DOUBT = 0.05
_MONTH = 30.0
_EXACT = 10
_AGES = (7, 14, 30, 60, 90, 180, 365)


class PastVersion(BaseModel):
    """An earlier version, and its metric on the test rows of its own evaluation."""

    model_config = ConfigDict(frozen=True)

    version: str
    trained_at: datetime
    metric: float


class AgedQuality(BaseModel):
    """A version's metric on rows whose answers came so many days after it was trained."""

    model_config = ConfigDict(frozen=True)

    version: str
    age_days: float
    metric: float
    rows: int = 1
    at: datetime | None = None


class History(BaseModel):
    """What is known of earlier versions, in the metric of the use case, and when that is."""

    model_config = ConfigDict(frozen=True)

    versions: tuple[PastVersion, ...] = ()
    ages: tuple[AgedQuality, ...] = ()
    at: datetime | None = None


class Trend(BaseModel):
    """Mann and Kendall's test of a fall, and Theil and Sen's slope a step; above zero is better."""

    model_config = ConfigDict(frozen=True)

    p_value: float
    slope: float
    change: float


class AgePoint(BaseModel):
    """Quality of versions of about one age."""

    model_config = ConfigDict(frozen=True)

    from_days: float
    to_days: float
    metric: float
    measurements: int
    rows: int


class Staleness(BaseModel):
    """Quality against model age.

    ``change_in_30_days`` compares each version with itself only, so that a weak version measured late does
    not look like ageing; above zero is better. ``days_to_tolerance`` is when a fall by the tolerance is due.
    ``newest`` is what the model of this run reaches on the rows that the earlier ones were measured on.
    """

    model_config = ConfigDict(frozen=True)

    metric: str
    points: tuple[AgePoint, ...]
    change_in_30_days: float | None
    days_to_tolerance: float | None
    newest: float | None = None
    measurements: tuple[AgedQuality, ...] = ()


def trend(values: Sequence[float]) -> Trend:
    """Test whether values fall steadily.

    Parameters
    ----------
    values
        In their order; larger is better.

    Notes
    -----
    The p-value is exact for at most 10 values without ties, otherwise by the normal distribution with the
    correction for ties (Kendall 1975).

    Examples
    --------
    >>> found = trend([0.9, 0.89, 0.87, 0.86, 0.84])
    >>> round(found.p_value, 4), round(found.slope, 3), round(found.change, 3)
    (0.0083, -0.015, -0.06)
    """
    pairs = list(combinations(range(len(values)), 2))
    score = sum(int(np.sign(values[b] - values[a])) for a, b in pairs)
    slope = median((values[b] - values[a]) / (b - a) for a, b in pairs) if pairs else 0.0
    tied = len(set(values)) < len(values)
    p_value = _normal(values, score) if tied or len(values) > _EXACT else _exact(len(values), score)
    return Trend(p_value=p_value, slope=slope, change=slope * max(len(values) - 1, 0))


def drop_check(test: Sample, chosen: str, previous: str, *, metric: str, version: str, limit: float) -> Check:
    """Check that the metric is not suddenly worse than the previous version's on the same rows."""
    found: Interval = test.difference(chosen, previous, metric)
    limit = tolerated(metric, limit, test.metrics[previous][metric].value)
    reason = (
        f"{metric} against version {version} on the same {test.rows} test rows: {found.value:+.4f} "
        f"(95% interval {found.low:+.4f} to {found.high:+.4f}); at least {-limit:g} is needed"
    )
    return Check(
        check="no_sudden_drop", value=found.value, limit=-limit, passed=found.value >= -limit, reason=reason
    )


def decline_check(past: Sequence[PastVersion], value: float, *, metric: str, limit: float) -> Check | None:
    """Check that the metric has not been falling over the last versions; None when they are too few.

    It fails when the fall is steady beyond doubt (p < 0.05) and larger than the limit.
    """
    ordered = sorted(past, key=lambda one: one.trained_at)[-(_LAST_VERSIONS - 1) :]
    if len(ordered) + 1 < _FEWEST_VERSIONS:
        return None
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    limit = tolerated(metric, limit, median(one.metric for one in ordered))
    found = trend([*(sign * one.metric for one in ordered), sign * value])
    passed = found.p_value >= _DOUBT or found.change >= -limit
    reason = (
        f"{metric} over the last {len(ordered) + 1} versions: {found.change:+.4f} by its slope "
        f"(steady fall: p = {found.p_value:.3f}); at least {-limit:g} is needed"
    )
    return Check(check="no_slow_decline", value=found.change, limit=-limit, passed=passed, reason=reason)


def staleness(
    ages: Sequence[AgedQuality], *, metric: str, tolerance: float, newest: float | None = None
) -> Staleness | None:
    """Return quality against model age; None when nothing has been measured.

    Examples
    --------
    >>> known = [AgedQuality(version="1", age_days=10 * n, metric=0.9 - 0.01 * n) for n in range(4)]
    >>> found = staleness(known, metric="auc", tolerance=0.05)
    >>> round(found.change_in_30_days, 3), round(found.days_to_tolerance)
    (-0.03, 50)
    """
    if not ages:
        return None
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    slopes = [
        sign * (two.metric - one.metric) / (two.age_days - one.age_days)
        for one, two in combinations(ages, 2)
        if one.version == two.version and one.age_days != two.age_days
    ]
    slope = median(slopes) if slopes else None
    fall = tolerated(metric, tolerance, median(one.metric for one in ages))
    return Staleness(
        metric=metric, points=_points(ages), change_in_30_days=slope * _MONTH if slope is not None else None,
        days_to_tolerance=-fall / slope if slope is not None and slope < 0 else None,
        newest=newest, measurements=tuple(ages),
    )  # fmt: skip


def _points(ages: Sequence[AgedQuality]) -> tuple[AgePoint, ...]:
    """Average the measurements of each span of ages, weighted by rows."""
    edges = [0.0, *map(float, _AGES), math.inf]
    points = []
    for low, high in pairwise(edges):
        some = [one for one in ages if low <= one.age_days < high]
        if rows := sum(one.rows for one in some):
            mean = sum(one.metric * one.rows for one in some) / rows
            oldest = max(one.age_days for one in some)
            points.append(
                AgePoint(
                    from_days=low, to_days=min(high, oldest), metric=mean, measurements=len(some), rows=rows
                )
            )
    return tuple(points)


def _exact(count: int, score: int) -> float:
    """Return the share of orders of different values whose score is as low."""
    ways = np.array([1.0])
    for size in range(2, count + 1):
        ways = np.convolve(ways, np.ones(size))
    # ways[k] counts orders with k rising pairs; the score is rising less falling pairs.
    rising = (score + count * (count - 1) // 2) // 2
    return float(ways[: rising + 1].sum() / ways.sum())


def _normal(values: Sequence[float], score: int) -> float:
    """Return the one-sided p-value by the normal distribution, with the corrections for ties and steps."""
    count = len(values)
    _, ties = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
    spread = (count * (count - 1) * (2 * count + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    if spread <= 0:
        return 1.0
    return 0.5 * math.erfc(-(score + 1 if score < 0 else score) / math.sqrt(2 * spread))
