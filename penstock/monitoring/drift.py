"""Distances between a baseline's distribution and a window's, as Model Monitor defines them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.errors import InvalidSpec
from penstock.monitoring.profile import ColumnProfile
from penstock.sketches.quantiles import Sketch

_ROBUST = 1.8
"""Factor of Model Monitor's correction for small samples."""


@dataclass(frozen=True)
class Distance:
    """How far a window is from the baseline, and what is tolerated."""

    value: float
    threshold: float
    method: str

    @property
    def drifted(self) -> bool:
        """Say whether the distance is above the threshold."""
        return self.value > self.threshold


def distance(
    profile: ColumnProfile, statistics: Mapping[str, Any], config: Mapping[str, Any]
) -> Distance | None:
    """Compare a window's column with the baseline's entry in ``statistics.json``.

    Parameters
    ----------
    profile
        The window's column.
    statistics
        The baseline's entry of the same name.
    config
        ``distribution_constraints``, with the column's overrides applied.

    Returns
    -------
    Distance or None
        None when one side has no values or comparison is switched off.
    """
    if config.get("perform_comparison", "Enabled") != "Enabled" or not profile.present:
        return None
    method = str(config.get("comparison_method", "Robust"))
    if numerical := statistics.get("numerical_statistics"):
        before, raw = numerical["common"]["num_present"], _numerical(profile, numerical)
        threshold = float(config.get("comparison_threshold", 0.1))
    elif words := statistics.get("string_statistics"):
        before, raw = words["common"]["num_present"], _categorical(profile, words, config)
        threshold = float(config.get("categorical_comparison_threshold", 0.1))
    else:
        return None
    if not before:
        return None
    value = _correct(method)(raw, before, profile.present)
    return Distance(value, threshold, method)


def _correct(method: str) -> Callable[[float, float, float], float]:
    """Return the correction that a comparison method asks for."""
    if method == "Simple":
        return lambda value, _before, _now: value
    if method == "Robust":
        return lambda value, n, m: max(0.0, value - _ROBUST * math.sqrt((n + m) / (n * m)))
    raise InvalidSpec(
        "The constraints name an unknown comparison method.", found=method, expected="Simple or Robust"
    )


def _numerical(profile: ColumnProfile, statistics: Mapping[str, Any]) -> float:
    """Return the largest difference of the cumulative distributions (Kolmogorov and Smirnov)."""
    kll = statistics["distribution"]["kll"]
    sketch = (
        Sketch.read(kll["sketch"]) if kll.get("sketch", {}).get("data") else _from_buckets(kll["buckets"])
    )
    now = np.sort(profile.numbers)
    points = np.unique(np.concatenate([now, sketch.points()]))
    share = np.searchsorted(now, points, side="right") / len(now)
    return float(np.abs(share - sketch.cdf(points)).max())


def _from_buckets(buckets: list[Mapping[str, Any]]) -> Sketch:
    """Stand in for a missing sketch: each bucket's rows, evenly spaced between its bounds."""
    spread = [np.linspace(b["lower_bound"], b["upper_bound"], int(b["count"]) + 2)[1:-1] for b in buckets]
    return Sketch(levels=(np.concatenate(spread),) if spread else ())


def _categorical(profile: ColumnProfile, statistics: Mapping[str, Any], config: Mapping[str, Any]) -> float:
    """Return the largest difference of a word's share (L-infinity)."""
    if (method := config.get("categorical_drift_method", "LInfinity")) != "LInfinity":
        raise InvalidSpec(
            "This comparison of categories is not supported.",
            found=str(method),
            expected="LInfinity",
            where="categorical_drift_method",
        )
    before = {str(b["value"]): b["count"] for b in statistics["distribution"]["categorical"]["buckets"]}
    rows = statistics["common"]["num_present"] or 1
    # Words beyond the stored buckets are one word, "the rest": they were cut off on one side only.
    known = {word: count / rows for word, count in before.items()}
    now = {word: count / profile.present for word, count in profile.words.items()}
    complete = statistics.get("distinct_count", len(before)) <= len(before)
    compared = known.keys() | now.keys() if complete else known.keys()
    return max((abs(known.get(word, 0.0) - now.get(word, 0.0)) for word in compared), default=0.0)
