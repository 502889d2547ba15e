"""What readers see of the states of columns."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from penstock.catalog.profiles.document import Bucket, ColumnProfile, Lengths, Period, TopValue
from penstock.catalog.profiles.state import ColumnState
from penstock.sketches import Frequent
from penstock.sketches.distinct import STANDARD_ERROR
from penstock.specs.base import ColumnType

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_TOP = 10
_LARGEST = sys.float_info.max
_SHOWN = 100
_UNITS: dict[str, Any] = {"date": "D", "timestamp": "us"}


def summarise(name: str, state: ColumnState) -> ColumnProfile:
    """Return the profile of a column."""
    distinct, error = _distinct(state)
    found: dict[str, Any] = {
        "name": name,
        "type": state.type,
        "count": state.rows,
        "nulls": state.nulls,
        "distinct": distinct,
        "distinct_error": error,
        "unique": state.unique if state.present else "no",
        "is_shown": state.shown,
    }
    if state.shown:
        found |= _values(state) | (_texts(state) if state.type == "string" else _numbers(state))
    return ColumnProfile(**found)


def _distinct(state: ColumnState) -> tuple[int, float]:
    """Return how many different values there are, with the standard error of that."""
    if state.unique == "yes":
        return state.present, 0.0
    if state.shown and state.frequent.is_complete:
        return len(state.frequent.counts), 0.0
    most = state.present - 1 if state.unique == "no" else state.present
    return max(0, min(round(state.distinct.estimate()), most)), round(STANDARD_ERROR, 4)


def _values(state: ColumnState) -> dict[str, Any]:
    """Return extremes and frequent values."""
    return {
        "minimum": shown(state.minimum, state.type),
        "maximum": shown(state.maximum, state.type),
        "top": tuple(_ranked(state.frequent, state.type)),
        "top_error": state.frequent.error,
    }


def _texts(state: ColumnState) -> dict[str, Any]:
    """Return what there is of texts alone."""
    found: dict[str, Any] = {
        "patterns": tuple(_ranked(state.patterns, "string")),
        "patterns_error": state.patterns.error,
    }
    if state.shortest is not None and state.longest is not None:
        mean = float(rounded(state.lengths.mean) or 0.0)
        found["lengths"] = Lengths(minimum=state.shortest, mean=mean, maximum=state.longest)
    return found


def _numbers(state: ColumnState) -> dict[str, Any]:
    """Return what there is of numbers, dates and times."""
    found: dict[str, Any] = {"infinite": state.infinite, "zeros": state.zeros, "negatives": state.negatives}
    if state.type == "boolean" or not state.present:
        return found
    if state.type in {"integer", "decimal"}:
        found |= {"mean": rounded(state.moments.mean), "std": rounded(state.moments.deviation())}
    quantiles = state.quantiles.quantiles(list(QUANTILES))
    named = {f"p{100 * p:g}": shown(q, state.type) for p, q in zip(QUANTILES, quantiles, strict=True)}
    if state.type in _UNITS:
        return found | {"quantiles": named, "timeline": tuple(_periods(state))}
    return found | {"quantiles": named, "histogram": tuple(_buckets(state))}


def _buckets(state: ColumnState) -> Iterator[Bucket]:
    """Yield the ranges of numbers."""
    for lower, upper, count in _ranges(state):
        low, high = max(lower, -_LARGEST), min(upper, _LARGEST)
        yield Bucket(lower=low, upper=high, count=count)


def _periods(state: ColumnState) -> Iterator[Period]:
    """Yield the ranges of dates or times."""
    for lower, upper, count in _ranges(state):
        yield Period(start=shown(lower, state.type), end=shown(upper, state.type), count=count)


def _ranges(state: ColumnState) -> Iterator[tuple[float, float, int]]:
    """Yield bounds and count of each bin."""
    if state.bins is not None:
        for (lower, upper), count in zip(state.bins.bounds(), state.bins.counts.tolist(), strict=True):
            yield lower, upper, count


def _ranked(frequent: Frequent, kind: ColumnType) -> Iterator[TopValue]:
    """Yield the values that surely stand more often than all others, ties in the order of their text."""
    sure = ((value, count) for value, count in frequent.counts.items() if count > frequent.error)
    texts = ((str(shown(value, kind)), count) for value, count in sure)
    for text, count in sorted(texts, key=lambda entry: (-entry[1], entry[0]))[:_TOP]:
        yield TopValue(value=text[: _SHOWN + 20], count=count)


def shown(value: Any, kind: ColumnType) -> Any:
    """Return a value as it is shown: dates and times as ISO 8601, truth values as words.

    Examples
    --------
    >>> shown(19000, "date"), shown(1, "boolean"), shown(3, "decimal")
    ('2022-01-08', 'true', 3.0)
    """
    if value is None or kind == "string":
        return value
    if kind == "boolean":
        return "true" if value else "false"
    if kind in _UNITS:
        moment = np.datetime64(round(value), _UNITS[kind])
        return str(moment) + ("Z" if kind == "timestamp" else "")
    return int(value) if kind == "integer" else float(value)


def rounded(value: float | None) -> float | None:
    """Round to twelve digits: merged sums differ in the last ones."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.12g}")
