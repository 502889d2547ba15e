"""A dataset's profile in Model Monitor's formats: statistics, and the constraints that they suggest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from penstock.catalog.profiles import ColumnProfile, Profile
from penstock.catalog.profiles.state import ColumnState
from penstock.catalog.profiles.summary import shown
from penstock.monitoring.baselining import MAXIMUM_DOMAIN, TYPES, monitoring_config
from penstock.monitoring.profile import BUCKETS, MAXIMUM_WORDS
from penstock.specs import MonitoringSpec


def write_baseline(profile: Profile, folder: Path, *, spec: MonitoringSpec | None = None) -> None:
    """Write ``statistics.json`` and ``constraints.json``.

    Parameters
    ----------
    profile
        Of the dataset, or merged from those of its parts.
    folder
        Made if it is not there.
    spec
        Limits of drift, stored in the constraints.
    """
    folder.mkdir(parents=True, exist_ok=True)
    documents = {"statistics": statistics(profile), "constraints": constraints(profile, spec=spec)}
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document) + "\n", encoding="utf-8")


def statistics(profile: Profile) -> dict[str, Any]:
    """Return ``statistics.json``; counts of the ten buckets are right to half a percent of the rows.

    Dates, times and truth values are texts to Model Monitor. Of personal columns only the name is there.

    Examples
    --------
    >>> statistics(Profile(rows=0, columns=()))
    {'version': 0.0, 'dataset': {'item_count': 0}, 'features': []}
    """
    states = profile.sketches.get("columns", {})
    features = [_statistics(column, ColumnState.read(states[column.name])) for column in profile.columns]
    return {"version": 0.0, "dataset": {"item_count": profile.rows}, "features": features}


def constraints(profile: Profile, *, spec: MonitoringSpec | None = None) -> dict[str, Any]:
    """Return the ``constraints.json`` that a profile suggests: types, completeness, signs and few categories.

    Examples
    --------
    >>> column = ColumnProfile(name="a", type="integer", count=4, nulls=1, distinct=3, minimum=0)
    >>> [suggested] = constraints(Profile(rows=4, columns=(column,)))["features"]
    >>> suggested["completeness"], suggested["num_constraints"]
    (0.75, {'is_non_negative': True})
    """
    states = profile.sketches.get("columns", {})
    known = {name: ColumnState.read(document) for name, document in states.items()}
    return {
        "version": 0.0,
        "features": [_constraint(column, known.get(column.name)) for column in profile.columns],
        "monitoring_config": monitoring_config(spec or MonitoringSpec()),
    }


def _inferred(column: ColumnProfile) -> str:
    """Return Model Monitor's word for a column's type."""
    return TYPES.get(column.type, "String") if column.is_shown else "Unknown"


def _statistics(column: ColumnProfile, state: ColumnState) -> dict[str, Any]:
    """Return a column's entry of the statistics."""
    entry: dict[str, Any] = {"name": column.name, "inferred_type": _inferred(column)}
    common = {"num_present": column.count - column.nulls, "num_missing": column.nulls}
    if entry["inferred_type"] == "String":
        return {**entry, "string_statistics": {"common": common, **_words(column, state)}}
    if entry["inferred_type"] == "Unknown":
        return entry
    return {**entry, "numerical_statistics": {"common": common, **_numbers(column, state)}}


def _numbers(column: ColumnProfile, state: ColumnState) -> dict[str, Any]:
    """Return moments, ten equal buckets and the sketch."""
    moments = state.moments
    return {
        "mean": column.mean,
        "sum": moments.mean * moments.count,
        "std_dev": float(np.sqrt(moments.squares / moments.count)) if moments.count else None,
        "min": None if state.minimum is None else float(state.minimum),
        "max": None if state.maximum is None else float(state.maximum),
        "distribution": {"kll": {"buckets": _buckets(state), "sketch": state.quantiles.document()}},
    }


def _buckets(state: ColumnState) -> list[dict[str, float]]:
    """Return ten buckets of equal width, the last one closed; their counts sum to the present values."""
    if not state.present:
        return []
    steps = np.linspace(0.0, 1.0, BUCKETS + 1)
    edges = float(state.minimum) * (1 - steps) + float(state.maximum) * steps
    # Buckets are open at their upper end: what lies on an edge belongs to the next.
    inner = state.quantiles.cdf(np.nextafter(edges[1:-1], -np.inf))
    counts = np.diff(np.rint(np.concatenate([[0.0], inner, [1.0]]) * state.present))
    bounds = zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
    return [{"lower_bound": low, "upper_bound": high, "count": count} for low, high, count in bounds]


def _words(column: ColumnProfile, state: ColumnState) -> dict[str, Any]:
    """Return the most frequent values."""
    ranked = [(str(shown(value, column.type)), count) for value, count in state.frequent.ranked()]
    buckets = [{"value": word, "count": count} for word, count in ranked[:MAXIMUM_WORDS]]
    return {
        "distinct_count": float(column.distinct),
        "distribution": {"categorical": {"buckets": buckets}},
    }


def _constraint(column: ColumnProfile, state: ColumnState | None) -> dict[str, Any]:
    """Suggest one column's constraints."""
    kind = _inferred(column)
    entry = {"name": column.name, "inferred_type": kind, "completeness": column.completeness}
    if kind in {"Integral", "Fractional"}:
        positive = column.minimum is not None and float(column.minimum) >= 0
        return {**entry, "num_constraints": {"is_non_negative": positive}}
    if kind != "String" or state is None or state.type not in {"string", "boolean"}:
        return entry
    words = sorted(str(shown(value, state.type)) for value in state.frequent.counts)
    if state.frequent.is_complete and 0 < len(words) <= MAXIMUM_DOMAIN:
        return {**entry, "string_constraints": {"domains": words}}
    return entry
