"""The steps of the onboarding workflow: admit, process, commit, refuse."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.catalog import Arrival, Catalog, Failure, LandedObject, Part, Snapshot, Status
from penstock.catalog.tables import TableRegistry
from penstock.errors import NotFound, UnregisteredDataset
from penstock.governance.audit import AuditTrail
from penstock.onboarding.landing import parse_landing_key
from penstock.onboarding.onboard import onboard_file
from penstock.onboarding.report import OnboardingReport
from penstock.platform.failures import is_refusal, read_failure
from penstock.platform.jobs import JobSettings, Source, manifest, processing_job
from penstock.stores import ObjectStore

UNREGISTERED = "unregistered"
_ACTOR = "onboarding"


@dataclass(frozen=True)
class Onboarding:
    """What the steps need; a handler makes one and keeps it.

    Parameters
    ----------
    large_bytes
        Files above this size are processed by a SageMaker job, smaller ones by a function.
    now
        The time, ISO 8601.
    """

    catalog: Catalog
    audit: AuditTrail
    landing: ObjectStore
    lake: ObjectStore
    tables: TableRegistry
    now: Callable[[], str]
    job: JobSettings | None = None
    job_environment: Mapping[str, str] | None = None
    hash_key: Callable[[], bytes] = bytes
    large_bytes: int = 128 * 1024 * 1024
    instance: str = "ml.m5.xlarge"

    def admit(self, event: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Let a landed object in, once.

        Parameters
        ----------
        event
            S3's "Object Created" event as EventBridge delivers it.
        execution
            Name of the workflow run, so that a repeated event is told from a repeated step.

        Raises
        ------
        UnregisteredDataset
            No registered contract expects the object.
        """
        landed = _landed(event)
        key = parse_landing_key(landed.key)
        contract = self.catalog.contract(key.use_case, key.dataset)
        arrival = self.catalog.begin(
            Arrival(
                id=landed.arrival_id,
                use_case=key.use_case,
                dataset=key.dataset,
                file_name=key.file_name,
                object=landed,
                execution=execution,
                received_at=self.now(),
                updated_at=self.now(),
            )
        )
        facts = {
            "use_case": key.use_case,
            "dataset": key.dataset,
            "arrival_id": arrival.id,
            "file_name": key.file_name,
            "key": landed.key,
            "version": landed.version,
        }
        if arrival.execution != execution or arrival.status is not Status.RECEIVED:
            return {**facts, "route": "repeated"}
        self._record(
            "arrival received", facts, {"file": key.file_name, "bytes": landed.size, "execution": execution}
        )
        if landed.size <= self.large_bytes:
            return {**facts, "route": "function"}
        use_case = self.catalog.use_case(key.use_case)
        return {
            **facts,
            "route": "job",
            "job": self._job(facts, contract.dataset, use_case.model_dump(mode="json")),
        }

    def process(self, admitted: Mapping[str, Any]) -> dict[str, Any]:
        """Check a file and write what is curated, what is quarantined, and the report."""
        contract = self.catalog.contract(admitted["use_case"], admitted["dataset"])
        hashed = any(column.protect == "hash" for column in contract.columns)
        with tempfile.TemporaryDirectory() as scratch:
            file, output = Path(scratch) / "arrived", Path(scratch) / "output"
            self.landing.download(admitted["key"], file, version=admitted["version"])
            onboard_file(
                contract=contract,
                file=file,
                output=output,
                arrival_id=admitted["arrival_id"],
                hash_key=self.hash_key() if hashed else b"",
            )
            for part, prefix in _prefixes(admitted).items():
                for path in sorted((output / part).glob("*")):
                    self.lake.upload(path, f"{prefix}/{path.name}")
        return dict(admitted)

    def commit(self, admitted: Mapping[str, Any]) -> dict[str, Any]:
        """Make curated rows part of the dataset: catalogue, table, snapshot, audit.

        Returns
        -------
        dict
            ``outcome`` is ``accepted``, or ``duplicate`` when the dataset has the very same rows from an
            earlier arrival; then no snapshot and no partition comes of them.
        """
        use_case, dataset, arrival_id = (admitted[name] for name in ("use_case", "dataset", "arrival_id"))
        prefixes = _prefixes(admitted)
        report_key = f"{prefixes['report']}/report.json"
        report = OnboardingReport.model_validate_json(self.lake.read(report_key))
        arrival = self.catalog.begin(self.catalog.arrival(use_case, dataset, arrival_id))
        if arrival.status is not Status.DUPLICATE:
            self.catalog.accept(
                use_case, dataset, arrival_id, rows=report.counts(), report_key=report_key, at=self.now()
            )
        part = self._part(f"{prefixes['curated']}/part-00000.parquet", report.rows_curated)
        columns = [column.model_dump() for column in report.columns]
        snapshot = self.catalog.commit(
            use_case, dataset, arrival_id, parts=[part], columns=columns, at=self.now()
        )
        self._write_snapshot(snapshot)
        outcome = "accepted" if arrival_id in snapshot.arrivals else "duplicate"
        if outcome == "accepted":
            self.tables.add_partition(use_case, dataset, columns=columns, arrival_id=arrival_id)
        facts = {**report.counts(), "snapshot_id": snapshot.id, "arrival_id": arrival_id}
        self._record(f"arrival {outcome}", admitted, facts)
        return {"use_case": use_case, "dataset": dataset, "outcome": outcome, **facts}

    def refuse(self, event: Mapping[str, Any], failure: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Keep a file that could not be onboarded, and say why.

        Parameters
        ----------
        failure
            The error output of Step Functions, ``Error`` and ``Cause``.

        Returns
        -------
        dict
            ``outcome`` is ``refused`` when the file is at fault, ``failed`` when the platform is: a failed
            arrival may be started again. An arrival that another run handles, or that is decided, keeps its
            status.
        """
        landed, error = _landed(event), read_failure(failure)
        use_case, dataset, file_name = self._place(landed, error)
        arrival = self.catalog.begin(
            Arrival(
                id=landed.arrival_id,
                use_case=use_case,
                dataset=dataset,
                file_name=file_name,
                object=landed,
                execution=execution,
                received_at=self.now(),
                updated_at=self.now(),
            )
        )
        outcome = "refused" if is_refusal(error.name) else "failed"
        facts = {"use_case": use_case, "dataset": dataset, "arrival_id": arrival.id}
        if arrival.execution == execution:
            self._turn_away(arrival, error, outcome)
            self._record(f"arrival {outcome}", facts, {"file": file_name, **error.model_dump()})
        return {
            **facts,
            "file_name": file_name,
            "outcome": outcome,
            "error": error.name,
            "message": error.message,
        }

    def _turn_away(self, arrival: Arrival, error: Failure, outcome: str) -> None:
        """Move an arrival to refused, with a copy of its file, or to failed; one that is decided stays."""
        if arrival.status in {Status.REFUSED, Status.DUPLICATE}:
            return
        if outcome == "failed":
            self.catalog.fail(arrival.use_case, arrival.dataset, arrival.id, error=error, at=self.now())
            return
        target = f"refused/{arrival.use_case}/{arrival.dataset}/{arrival.id}/{arrival.file_name}"
        landed = arrival.object
        self.lake.copy(landed.key, target, bucket_uri=self.landing.uri, version=landed.version)
        self.catalog.refuse(arrival.use_case, arrival.dataset, arrival.id, error=error, at=self.now())

    def _place(self, landed: LandedObject, error: Failure) -> tuple[str, str, str]:
        """Return use case, dataset and file name; a stranger's file goes to a place of its own."""
        if error.name != UnregisteredDataset.__name__:
            with suppress(UnregisteredDataset):
                key = parse_landing_key(landed.key)
                return key.use_case, key.dataset, key.file_name
        return UNREGISTERED, UNREGISTERED, landed.key.rsplit("/", 1)[-1] or "unnamed"

    def _part(self, key: str, rows: int) -> Part:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "part"
            self.lake.download(key, path)
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            return Part(key=key, version=digest[:16], bytes=path.stat().st_size, rows=rows, sha256=digest)

    def _write_snapshot(self, snapshot: Snapshot) -> None:
        """Write the snapshot and the manifest by which SageMaker jobs read it."""
        stem = f"snapshots/{snapshot.use_case}/{snapshot.dataset}/{snapshot.id}"
        keys = [part.key for part in snapshot.parts]
        self.lake.write(f"{stem}.json", snapshot.model_dump_json().encode(), content_type="application/json")
        self.lake.write(f"{stem}.manifest", manifest(self.lake.uri, keys), content_type="application/json")

    def _job(self, facts: Mapping[str, Any], dataset: str, document: dict[str, Any]) -> dict[str, Any]:
        """Write the job's request and return how to create it."""
        if self.job is None:
            raise NotFound("Large files need the job settings of the platform.", where="the onboarding step")
        folder = f"requests/onboard/{facts['arrival_id']}"
        key, file = f"{folder}/request.json", f"{folder}/file/{facts['file_name']}"
        self.lake.copy(facts["key"], file, bucket_uri=self.landing.uri, version=facts["version"])
        request = {
            "use_case": document,
            "dataset": dataset,
            "arrival_id": facts["arrival_id"],
            "file_name": facts["file_name"],
        }
        self.lake.write(key, json.dumps(request).encode(), content_type="application/json")
        started = self.now().translate(str.maketrans("", "", "-:.TZ"))
        return processing_job(
            self.job,
            name=f"onboard-{facts['arrival_id']}-{started}",
            job="onboard",
            instance=self.instance,
            sources=[Source("request", f"{self.lake.uri}/{key}"), Source("file", f"{self.lake.uri}/{file}")],
            outputs={part: f"{self.lake.uri}/{prefix}" for part, prefix in _prefixes(facts).items()},
            environment=self.job_environment,
        )

    def _record(self, action: str, facts: Mapping[str, Any], details: dict[str, Any]) -> None:
        self.audit.append(
            facts["use_case"],
            action=action,
            actor=_ACTOR,
            at=self.now(),
            details=details,
            once=True,
            subject=f"dataset {facts['dataset']}, arrival {facts['arrival_id']}",
        )


def _landed(event: Mapping[str, Any]) -> LandedObject:
    """Read S3's event."""
    detail = event["detail"]
    thing = detail["object"]
    return LandedObject(
        bucket=detail["bucket"]["name"],
        key=thing["key"],
        size=int(thing.get("size", 0)),
        version=thing.get("version-id") or thing.get("etag", ""),
    )


def _prefixes(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return where the parts of an arrival's output lie in the lake."""
    place, arrival = f"{facts['use_case']}/{facts['dataset']}", facts["arrival_id"]
    return {
        "curated": f"curated/{place}/arrival={arrival}",
        "quarantine": f"quarantine/{place}/arrival={arrival}",
        "report": f"reports/{place}/{arrival}",
    }
