"""From one prediction to the files that it came from, and back.

Data capture has each request and answer with its inference id; the answer names the version, and the
catalogue's lineage knows what that was made from.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.catalog import Catalog
from penstock.catalog.lineage import LineageGraph
from penstock.errors import NotFound
from penstock.models import ModelRepository, Stage
from penstock.stores import ObjectStore

_KEY = re.compile(
    r"capture/[^/]+/(?P<endpoint>[^/]+)/(?P<variant>[^/]+)/(?P<hour>\d{4}/\d\d/\d\d/\d\d)/.+\.jsonl"
)


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True)


class Prediction(_Fact):
    """One request to an endpoint, without what was asked and answered.

    Attributes
    ----------
    version
        The version that answered; None where neither the answer nor the time tells.
    capture_key, line
        Where request and answer lie.
    """

    inference_id: str
    at: str
    endpoint: str
    variant: str
    version: int | None
    rows: int
    capture_key: str
    line: int


class SourceFile(_Fact):
    """A file that landed, and the contract that it met."""

    dataset: str
    arrival_id: str
    file_name: str
    bucket: str
    key: str
    object_version: str
    received_at: str
    contract: int | None
    rows_curated: int


class Trace(_Fact):
    """What one prediction came from."""

    use_case: str
    prediction: Prediction
    model: dict[str, Any]
    features: tuple[str, ...]
    snapshots: tuple[str, ...]
    files: tuple[SourceFile, ...]
    graph: LineageGraph


def trace(
    catalog: Catalog, models: ModelRepository, artifacts: ObjectStore, use_case: str, inference_id: str, *,
    day: str = "",
) -> Trace:  # fmt: skip
    """Follow a prediction back to the files.

    Parameters
    ----------
    inference_id
        The ``InferenceId`` of the request, or the event id that SageMaker gave it.
    day
        ``yyyy-mm-dd``, where it is known: then only that day's captures are read.

    Raises
    ------
    NotFound
        No capture has the id, or the version that answered is unknown.
    """
    found = find_prediction(artifacts, use_case, inference_id, day=day)
    number = found.version or _serving_at(models, use_case, found.at)
    if number is None:
        raise NotFound(
            "The version that made this prediction is unknown.", found=inference_id, where=found.capture_key
        )
    version = models.version(use_case, number)
    graph = catalog.lineage.upstream(f"model:{use_case}/{number}")
    nodes = [node for node in graph.nodes if node != graph.root]
    facts = version.model_dump(
        mode="json",
        include={"version", "stage", "candidate", "run_id", "snapshot_id", "model_key", "package_arn"},
    )
    return Trace(
        use_case=use_case,
        prediction=found.model_copy(update={"version": number}),
        model={**facts, "package_sha256": version.signature.sha256 if version.signature else ""},
        features=tuple(node for node in nodes if node.startswith("features:")),
        snapshots=tuple(node for node in nodes if node.startswith("snapshot:")),
        files=tuple(_files(catalog, nodes)),
        graph=graph,
    )


def find_prediction(artifacts: ObjectStore, use_case: str, inference_id: str, *, day: str = "") -> Prediction:
    """Find a captured request, the newest captures first.

    Raises
    ------
    NotFound
        There is none: it was not sampled, is too old, or has not been written yet.
    """
    for found, identifiers in _captured(artifacts, use_case, day):
        if inference_id in identifiers:
            return found
    raise NotFound(
        "No captured request has this id.",
        found=inference_id,
        where=f"{use_case}{f' on {day}' if day else ''}",
        action="Captures are written within minutes, and only for the share of traffic that is captured.",
    )


def predictions_of(
    artifacts: ObjectStore, models: ModelRepository, use_case: str, versions: set[int], *, limit: int = 100
) -> list[Prediction]:
    """Return requests that some versions answered, the newest first: from a file forward.

    Parameters
    ----------
    versions
        Such as those downstream of an arrival: see :func:`versions_from`.
    """
    found = list[Prediction]()
    for one, _ in _captured(artifacts, use_case, ""):
        number = one.version or _serving_at(models, use_case, one.at)
        if number in versions:
            found.append(one.model_copy(update={"version": number}))
        if len(found) >= limit:
            break
    return found


def versions_from(catalog: Catalog, node: str) -> set[int]:
    """Return the versions of models that something has gone into.

    Examples
    --------
    >>> from penstock.catalog.lineage import Edge
    >>> from penstock.stores import MemoryItems
    >>> catalog = Catalog(MemoryItems())
    >>> catalog.lineage.record(Edge(source="run:demo/r1", target="model:demo/3", by="training", at="2026"))
    >>> versions_from(catalog, "run:demo/r1")
    {3}
    """
    nodes = catalog.lineage.downstream(node).nodes
    return {int(one.rpartition("/")[2]) for one in nodes if one.startswith("model:")}


def _captured(artifacts: ObjectStore, use_case: str, day: str) -> Iterator[tuple[Prediction, set[str]]]:
    """Yield captured requests with their ids, the newest hours first."""
    wanted = f"/{day.replace('-', '/')}/" if day else ""
    keys = [key for key in artifacts.keys(f"capture/{use_case}/") if wanted in key]
    for key in sorted(filter(_KEY.fullmatch, keys), key=_hour, reverse=True):
        lines = artifacts.read(key).splitlines()
        for number in range(len(lines), 0, -1):
            found = _prediction(key, number, lines[number - 1])
            if found is not None:
                yield found


def _hour(key: str) -> tuple[str, str]:
    match = _KEY.fullmatch(key)
    return (match["hour"] if match else "", key.rpartition("/")[2])


def _prediction(key: str, number: int, line: bytes) -> tuple[Prediction, set[str]] | None:
    """Read one line of a capture; None if it cannot be read."""
    match = _KEY.fullmatch(key)
    try:
        document = json.loads(line)
        told, data = document["eventMetadata"], document["captureData"]
        answer = _answer(data.get("endpointOutput") or {})
    except (ValueError, KeyError, TypeError):
        return None
    identifiers = {str(told[name]) for name in ("inferenceId", "eventId") if told.get(name)}
    version = str((answer.get("model") or {}).get("version") or "")
    found = Prediction(
        inference_id=str(told.get("inferenceId") or told.get("eventId") or ""),
        at=str(told.get("inferenceTime") or ""),
        endpoint=match["endpoint"] if match else "",
        variant=match["variant"] if match else "",
        version=int(version) if version.isdigit() else None,
        rows=len(answer.get("predictions") or ()),
        capture_key=key,
        line=number,
    )
    return found, identifiers


def _answer(part: dict[str, Any]) -> dict[str, Any]:
    """Return a captured answer that is JSON; of CSV only how many rows it has."""
    text = str(part.get("data") or "")
    if part.get("encoding") == "BASE64":
        text = base64.b64decode(text).decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {"predictions": text.splitlines()}


def _serving_at(models: ModelRepository, use_case: str, at: str) -> int | None:
    """Return the version that was the champion at a time, from the history of stages."""
    crowned = [
        (change.at, version.version)
        for version in models.versions(use_case)
        for change in version.history
        if change.stage is Stage.CHAMPION and change.at[:19] <= at[:19]
    ]
    return max(crowned)[1] if crowned else None


def _files(catalog: Catalog, nodes: list[str]) -> Iterator[SourceFile]:
    """Return the files of the arrivals among some nodes; of one that is forgotten, nothing."""
    for node in nodes:
        kind, _, path = node.partition(":")
        if kind != "arrival":
            continue
        use_case, dataset, identifier = path.split("/", 2)
        try:
            arrival = catalog.arrival(use_case, dataset, identifier)
        except NotFound:
            continue
        yield SourceFile(
            dataset=dataset,
            arrival_id=identifier,
            file_name=arrival.file_name,
            bucket=arrival.object.bucket,
            key=arrival.object.key,
            object_version=arrival.object.version,
            received_at=arrival.received_at,
            contract=arrival.contract,
            rows_curated=arrival.rows_curated or 0,
        )
