"""Which files are a view as of a snapshot, so that a training reads the same rows for ever."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import InvalidSpec
from penstock.features.offline.layout import view_prefix
from penstock.features.offline.materialise import MaterialisedView
from penstock.features.offline.statistics import ViewStatistics
from penstock.specs.features import FeatureView


class FeatureFile(BaseModel):
    """A file of the offline store, by its key in the lake."""

    model_config = ConfigDict(frozen=True)

    key: str
    rows: int
    bytes: int


class FeatureManifest(BaseModel):
    """The files that are a view as of a snapshot, and what they hold.

    ``files`` are those of earlier writes and of this one: of a row in several of them, the version of the
    latest ``write_time`` counts, and it does not exist if that says ``is_deleted``.
    """

    model_config = ConfigDict(frozen=True)

    view: str
    version: int
    definition: str
    snapshot_id: str
    dataset: str
    write_time: str
    files: tuple[FeatureFile, ...]
    rows: int
    entities: int
    source: dict[str, int]
    statistics: ViewStatistics


def definition_digest(view: FeatureView) -> str:
    """Return the SHA-256 of what a view computes; owner, meaning, tags and refresh are no part of it.

    Examples
    --------
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "payments", "aggregate": "count"}])
    >>> definition_digest(view) == definition_digest(view.model_copy(update={"owner": "collections"}))
    True
    """
    said = view.model_dump(
        mode="json", include={"name", "version", "entity", "dataset", "where", "timestamp", "partition"}
    )
    said["entity"].pop("meaning")
    computed = {"name", "aggregate", "of", "expression", "threshold", "where", "window", "type"}
    said["features"] = [feature.model_dump(mode="json", include=computed) for feature in view.features]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def feature_manifest(
    use_case: str,
    view: FeatureView,
    made: MaterialisedView,
    *,
    snapshot_id: str,
    previous: FeatureManifest | None = None,
) -> FeatureManifest:
    """Return the manifest of a view after a write.

    Parameters
    ----------
    snapshot_id
        Of the dataset.
    previous
        The manifest whose files the write knew; None for a write of all rows.

    Raises
    ------
    InvalidSpec
        The view's computation is not that of the files before.
    """
    definition, prefix = definition_digest(view), f"{view_prefix(use_case, view)}/data"
    refuse_changed(view, previous)
    files = {file.key: file for file in previous.files} if previous else {}
    for written in made.files:
        key = f"{prefix}/{written.path.relative_to(made.path).as_posix()}"
        files[key] = FeatureFile(key=key, rows=written.rows, bytes=written.path.stat().st_size)
    return FeatureManifest(
        view=view.name,
        version=view.version,
        definition=definition,
        snapshot_id=snapshot_id,
        dataset=view.dataset,
        write_time=made.write_time.isoformat(timespec="microseconds") + "Z",
        files=tuple(file for _, file in sorted(files.items())),
        rows=made.statistics.rows,
        entities=made.statistics.entities,
        source=_counts(made),
        statistics=made.statistics,
    )


def refuse_changed(view: FeatureView, previous: FeatureManifest | None) -> None:
    """Refuse to go on with files that were computed by another definition.

    Raises
    ------
    InvalidSpec
        The view's computation has changed, but not its version.
    """
    if previous is None or previous.definition == definition_digest(view):
        return
    raise InvalidSpec(
        "The view computes something else than its stored rows.",
        found=f"definition {definition_digest(view)[:12]}",
        expected=f"definition {previous.definition[:12]}, of snapshot {previous.snapshot_id}",
        where=f"view {view.name!r} version {view.version}",
        action="Give the view a new version.",
    )


def _counts(made: MaterialisedView) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(made.source)
