"""What onboarding needs beside the file: other datasets' current rows, and what came before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from penstock.catalog import Arrival, Catalog, Status
from penstock.catalog.evidence import write_manifest
from penstock.catalog.profiles import ColumnProfile
from penstock.onboarding.report import OnboardingReport
from penstock.platform.jobs import Source
from penstock.quality.context import Context
from penstock.quality.references import references_needed
from penstock.specs import Contract
from penstock.stores import ObjectStore

FOLDER = "reference-"
"""What the names of a job's inputs begin with that hold reference data."""
_OF_HISTORY = {"row_count_history", "distribution_distance"}
_LONGEST_HISTORY = 400


def needs_history(contract: Contract) -> bool:
    """Say whether what comes of a file depends on the arrivals before it."""
    return contract.changes is not None or any(rule.name in _OF_HISTORY for rule in contract.rules)


def datasets_needed(contract: Contract) -> tuple[str, ...]:
    """Return the other datasets that enrichments and checks read, each once."""
    checked = (getattr(rule, "dataset", None) for rule in contract.rules if rule.kind == "check")
    return tuple(dict.fromkeys((*references_needed(contract), *(str(one) for one in checked if one))))


def fetch_references(
    catalog: Catalog, lake: ObjectStore, use_case: str, contract: Contract, folder: Path
) -> dict[str, list[Path]]:
    """Download the current rows of the datasets that a contract needs.

    Returns
    -------
    dict
        Files by dataset; one that has no rows yet is left out.
    """
    found: dict[str, list[Path]] = {}
    for dataset in datasets_needed(contract):
        head = catalog.latest(use_case, dataset)
        for number, part in enumerate(catalog.snapshots.parts(head) if head else ()):
            path = folder / dataset / f"{number:05d}.parquet"
            lake.download(part.key, path, version=part.version)
            found.setdefault(dataset, []).append(path)
    return found


def reference_sources(catalog: Catalog, lake: ObjectStore, use_case: str, contract: Contract) -> list[Source]:
    """Return the same as inputs of a job."""
    heads = {dataset: catalog.latest(use_case, dataset) for dataset in datasets_needed(contract)}
    return [
        Source(f"{FOLDER}{dataset}", write_manifest(lake, catalog.snapshots, head), manifest=True)
        for dataset, head in heads.items()
        if head is not None and head.part_count
    ]


def given_references(inputs: Path) -> dict[str, list[Path]]:
    """Return the files that a job was given, by dataset.

    Examples
    --------
    >>> import tempfile
    >>> inputs = Path(tempfile.mkdtemp())
    >>> (inputs / "reference-customers").mkdir()
    >>> _ = (inputs / "reference-customers" / "a.parquet").write_bytes(b"")
    >>> [path.name for path in given_references(inputs)["customers"]]
    ['a.parquet']
    """
    folders = sorted(inputs.glob(f"{FOLDER}*"))
    return {one.name.removeprefix(FOLDER): sorted(one.rglob("*.parquet")) for one in folders}


def history_of(catalog: Catalog, lake: ObjectStore, arrival: Arrival, contract: Contract) -> dict[str, Any]:
    """Return what came before an arrival, as JSON: when it landed, rows of earlier ones, the last profile.

    For a replay that is what came before the first run, so that it judges by the same.
    """
    found: dict[str, Any] = {"now": arrival.landed_at or arrival.received_at, "row_counts": [], "profile": []}
    if not any(rule.name in _OF_HISTORY for rule in contract.rules):
        return found
    before = list(_before(catalog, arrival))
    found["row_counts"] = [one.rows_in for one in before[-_LONGEST_HISTORY:]]
    if before and before[-1].report_key:
        report = OnboardingReport.model_validate_json(lake.read(before[-1].report_key))
        found["profile"] = [column.model_dump(mode="json") for column in report.profile]
    return found


def context_of(history: Mapping[str, Any], references: Mapping[str, Sequence[Path]]) -> Context:
    """Return what checks need, from :func:`history_of`.

    Examples
    --------
    >>> context_of({"now": "2025-01-01T00:00:00Z", "row_counts": [3], "profile": []}, {}).row_counts
    (3,)
    """
    columns = [ColumnProfile.model_validate(one) for one in history.get("profile", ())]
    now = history.get("now")
    return Context(
        now=datetime.fromisoformat(now) if now else None,
        row_counts=tuple(history.get("row_counts", ())),
        profile={column.name: column for column in columns} or None,
        references={name: tuple(paths) for name, paths in references.items()},
    )


def _before(catalog: Catalog, arrival: Arrival) -> Iterator[Arrival]:
    """Yield the accepted arrivals that landed before, the oldest first."""
    every = catalog.arrivals(arrival.use_case, arrival.dataset)
    first = next((one for one in every if one.id == arrival.replay_of), arrival)
    for one in sorted(every, key=lambda one: one.order):
        if (
            one.status is Status.ACCEPTED
            and one.snapshot_id
            and one.order < first.order
            and not one.replay_of
        ):
            yield one
