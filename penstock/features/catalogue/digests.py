"""What of a definition decides its values, and how two versions of it differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from penstock.specs.base import ColumnType
from penstock.specs.features import Feature, FeatureView, OnDemandFeature, span

_LONGEST = 60


def computing(view: FeatureView, types: Mapping[str, ColumnType]) -> dict[str, Any]:
    """Return the part of a view that decides its values and where they are stored.

    Not in it are meanings, units, tags, owner, sensitivity and deprecation, when it is refreshed and whether
    it is kept online, and the order of its features.

    Parameters
    ----------
    types
        Of its features, by :func:`~penstock.specs.feature_sets.feature_types`: a column that changes its type
        changes the feature.
    """
    return {
        "entity": view.entity.model_dump(include={"name", "key", "type"}),
        "dataset": view.dataset,
        "where": view.where,
        "timestamp": view.timestamp,
        "delay": _seconds(view.delay),
        "inclusive": view.inclusive,
        "time_to_live_days": view.time_to_live_days,
        "partition": view.partition,
        "features": {one.name: _computing(one, types[one.name]) for one in view.features},
    }


def view_digest(view: FeatureView, types: Mapping[str, ColumnType]) -> str:
    """Return the SHA-256 of what decides a view's values.

    Examples
    --------
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "payments", "aggregate": "count", "window": "7 days"}])
    >>> described = view.model_copy(update={"meaning": "Payments of a week", "owner": "finance"})
    >>> view_digest(view, {"payments": "integer"}) == view_digest(described, {"payments": "integer"})
    True
    """
    return digest_of(computing(view, types))


def on_demand_computing(feature: OnDemandFeature) -> dict[str, Any]:
    """Return the part of an on-demand feature that decides its values."""
    return feature.model_dump(mode="json", include={"expression", "type"})


def digest_of(document: Any) -> str:
    """Return the SHA-256 of a document as canonical JSON, 64 hexadecimal digits.

    Examples
    --------
    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return in words how the computing part of a view has changed.

    Examples
    --------
    >>> old = {"where": None, "features": {"n": {"aggregate": "minimum", "type": "integer"}}}
    >>> differences(old, {"where": "paid", "features": {"n": {"aggregate": "minimum", "type": "decimal"}}})
    ("where: None became 'paid'", 'feature n: its type changed from integer to decimal')
    """
    return tuple(_differences(old, new))


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for field, value in new.items():
        if field != "features" and old.get(field) != value:
            yield f"{field}: {_short(old.get(field))} became {_short(value)}"
    before, after = old["features"], new["features"]
    yield from (f"feature {name}: removed" for name in before if name not in after)
    for name, feature in after.items():
        if name not in before:
            yield f"feature {name}: added"
            continue
        for field, value in feature.items():
            if before[name].get(field) == value:
                continue
            if field == "type":
                yield f"feature {name}: its type changed from {before[name][field]} to {value}"
            else:
                yield f"feature {name}: {field} {_short(before[name].get(field))} became {_short(value)}"


def _computing(feature: Feature, type: ColumnType) -> dict[str, Any]:
    said = feature.model_dump(include={"aggregate", "of", "expression", "threshold", "where"})
    return {**said, "window": _seconds(feature.window), "type": type}


def _seconds(length: str | None) -> int | None:
    """Return a span in seconds, so that ``1 day`` and ``24 hours`` are the same."""
    return int(span(length).total_seconds()) if length else None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
