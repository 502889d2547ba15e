"""How versions age: what earlier evaluations measured of them, and which of them the next one measures again.

The evaluation of a run measures the champion and the versions before it on the test rows of the newest
arrival, which none of them was trained on. Each run's ``staleness.json`` keeps all measurements so far.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from penstock.errors import NotFound
from penstock.models.filters import metric_value
from penstock.models.version import ModelVersion

if TYPE_CHECKING:
    from penstock.stores import ObjectStore

DOCUMENT = "staleness.json"
MOST_MEASURED = 4
"""Versions that one evaluation measures again, the champion among them."""
_MOST_KEPT = 500


def earlier_versions(
    artifacts: ObjectStore, versions: Sequence[ModelVersion], champion: ModelVersion | None
) -> list[ModelVersion]:
    """Choose which versions are measured again: the champion, and the newest that passed their gates.

    A version whose package is gone, or was never signed, is left out.
    """
    passed = [one for one in reversed(versions) if one.verdict.get("passed") and one != champion]
    chosen = [*([champion] if champion else []), *passed]
    return [one for one in chosen if one.signature and _is_there(artifacts, one.model_key)][:MOST_MEASURED]


def known_ages(artifacts: ObjectStore, versions: Sequence[ModelVersion], metric: str) -> list[dict[str, Any]]:
    """Return every measurement so far, and each version's own on the day that it was trained.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from penstock.models.version import Stage
    >>> from penstock.stores import FolderObjects
    >>> version = ModelVersion(use_case="u", version=1, run_id="r", stage=Stage.CHAMPION, candidate="c",
    ...     model_key="m", evaluation_prefix="e", requested_by="d", created_at="2026-01-01T00:00:00.000Z",
    ...     metrics={"auc": {"value": 0.9}}, verdict={"passed": True})
    >>> known_ages(FolderObjects(Path(tempfile.mkdtemp())), [version], "auc")
    [{'version': '1', 'age_days': 0.0, 'metric': 0.9, 'rows': 1, 'at': '2026-01-01T00:00:00.000Z'}]
    """
    found = next((ages for one in reversed(versions) if (ages := _stored(artifacts, one, metric))), [])
    fresh = {str(one["version"]) for one in found if not one["age_days"]}
    new = [
        own
        for one in versions
        if str(one.version) not in fresh
        and one.verdict.get("passed")
        and (own := _own(artifacts, one, metric))
    ]
    return [*found, *new][-_MOST_KEPT:]


def _stored(artifacts: ObjectStore, version: ModelVersion, metric: str) -> list[dict[str, Any]]:
    """Return what a version's evaluation knew, if it was in this metric."""
    document = _read(artifacts, version, DOCUMENT)
    return list(document.get("measurements") or ()) if document.get("metric") == metric else []


def _own(artifacts: ObjectStore, version: ModelVersion, metric: str) -> dict[str, Any] | None:
    """Return what a version reached when it was new, on the newest rows where they were enough."""
    metrics = _read(artifacts, version, "metrics.json")
    measured = (metrics.get("models") or {}).get(version.candidate) or {}
    part = "recent" if measured.get("recent") else "test"
    value = metric_value(measured.get(part) or version.metrics, metric)
    rows = int((metrics.get("rows") or {}).get(part) or 1)
    told = {"version": str(version.version), "age_days": 0.0, "metric": value, "rows": max(rows, 1)}
    return {**told, "at": version.created_at} if value is not None else None


def _is_there(artifacts: ObjectStore, key: str) -> bool:
    return any(found == key for found in artifacts.keys(key))


def _read(artifacts: ObjectStore, version: ModelVersion, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(artifacts.read(f"{version.evaluation_prefix.rstrip('/')}/{name}"))
    except NotFound:
        return {}
    return found
