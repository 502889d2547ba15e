"""The steps of the onboarding workflow: admit, await a turn, process, commit, refuse."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.catalog import Arrival, Catalog, Failure, Status
from penstock.catalog.contracts import digest_of
from penstock.catalog.evidence import measure_part, read_evidence, write_snapshot
from penstock.catalog.records import Removal, SnapshotHead
from penstock.catalog.tables import TableRegistry
from penstock.errors import NotFound, UnregisteredDataset
from penstock.governance.audit import AuditTrail
from penstock.onboarding.current import (
    context_of,
    fetch_references,
    history_of,
    needs_history,
    reference_sources,
)
from penstock.onboarding.current_table import write_current
from penstock.onboarding.exports import (
    awaits_manifest,
    fetch_listed,
    listed_keys,
    needs_job,
    size_of,
)
from penstock.onboarding.landed import Landing, Runs, WaitingRuns, waits_for
from penstock.onboarding.metrics import arrival_metrics
from penstock.onboarding.onboard import onboard_file
from penstock.onboarding.protect import needs_key
from penstock.onboarding.report import OnboardingReport
from penstock.platform.failures import is_refusal, read_failure
from penstock.platform.jobs import JobSettings, Source, processing_job
from penstock.quality.metrics import validation_metrics
from penstock.quality.results import Validation
from penstock.specs import Contract
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

    def admit(self, event: Mapping[str, Any], execution: str, run: str = "") -> dict[str, Any]:
        """Let a landed object in, once.

        Parameters
        ----------
        event
            S3's "Object Created" event as EventBridge delivers it, or what
            :func:`~penstock.onboarding.landed.event_of` made of an arrival that waited or is replayed.
        execution
            Name of the workflow run, so that a repeated event is told from a repeated step.
        run
            ARN of the workflow run.

        Returns
        -------
        dict
            ``route`` is ``function`` or ``job``; ``repeated`` for one that another run has; ``waiting``
            for one that is kept until its contract is approved, its batch is full or its time has come.

        Raises
        ------
        UnregisteredDataset
            No registered contract expects the object.
        """
        landing = Landing.of(event)
        key = landing.key
        declared = self.catalog.contract(key.use_case, key.dataset)
        version = self.catalog.contracts.in_force(key.use_case, key.dataset)
        contract = self.catalog.contracts.contract(version) if version else None
        if awaits_manifest(contract or declared, key.file_name):
            return {**landing.facts(landing.arrival(execution=execution, at=self.now())), "route": "repeated"}
        cause = waits_for(contract, gathered=landing.gathered)
        fresh = landing.arrival(execution=execution, at=self.now(), waiting_for=cause)
        arrival = self.catalog.begin(
            fresh.model_copy(update={"contract": version.number if version else None})
        )
        facts = landing.facts(arrival)
        if cause is not None and arrival.status is Status.WAITING:
            return self._keep_waiting(arrival, facts, contract)
        if contract is None or arrival.execution != execution or arrival.status is not Status.RECEIVED:
            return {**facts, "route": "repeated"}
        self.catalog.turns.enter(arrival, run=run)
        details = {"file": key.file_name, "bytes": landing.object.size, "execution": execution}
        self._record("arrival received", facts, details)
        # What depends on earlier arrivals is made in turn; all else side by side, and committed in turn.
        facts["turn"] = "process" if needs_history(contract) else "commit"
        if not self._is_large(landing, contract):
            return {**facts, "route": "function"}
        return {**facts, "route": "job", "job": self._job(facts, contract)}

    def await_turn(
        self, admitted: Mapping[str, Any], token: str, runs: Runs, waiting: WaitingRuns
    ) -> dict[str, Any]:
        """Let a workflow go on when it is its arrival's turn; otherwise it waits until it is told.

        Parameters
        ----------
        runs
            Tells whether a run is still under way: nobody waits for one that has ended without a result.
        """
        arrival = self._arrival(admitted)
        turn = self.catalog.turns.ask(arrival, token=token, running=runs.running)
        if turn.skipped:
            skipped = tuple(dict.fromkeys((*arrival.skipped, *turn.skipped)))
            self.catalog.note(arrival, skipped=skipped)
            self._record("arrival did not wait", admitted, {"skipped": list(turn.skipped)})
        if turn.granted:
            waiting.succeed(token, {"granted": True})
        return {"granted": turn.granted, "ahead": list(turn.ahead)}

    def leave(self, facts: Mapping[str, Any], waiting: WaitingRuns) -> None:
        """Give the turn to the next arrival of the partition."""
        token = self.catalog.turns.leave(self._arrival(facts))
        if token:
            waiting.succeed(token, {"granted": True})

    def process(self, admitted: Mapping[str, Any]) -> dict[str, Any]:
        """Check a file and write what is curated, what is quarantined, and the report."""
        contract = self._contract(admitted)
        with tempfile.TemporaryDirectory() as scratch:
            file, output = Path(scratch) / "landed" / "-manifest-or-file", Path(scratch) / "output"
            self.landing.download(admitted["key"], file, version=admitted["version"])
            fetch_listed(self.landing, contract, admitted["key"], file)
            references = fetch_references(
                self.catalog, self.lake, admitted["use_case"], contract, Path(scratch) / "references"
            )
            history = history_of(self.catalog, self.lake, self._arrival(admitted), contract)
            onboard_file(
                contract=contract,
                file=file,
                output=output,
                arrival_id=admitted["arrival_id"],
                hash_key=self.hash_key() if needs_key(contract) else b"",
                references=references,
                context=context_of(history, references),
            )
            for part, prefix in _prefixes(admitted).items():
                for path in sorted(one for one in (output / part).rglob("*") if one.is_file()):
                    self.lake.upload(path, f"{prefix}/{path.relative_to(output / part).as_posix()}")
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
        prefixes, contract = _prefixes(admitted), self._contract(admitted)
        report_key = f"{prefixes['report']}/report.json"
        report = OnboardingReport.model_validate_json(self.lake.read(report_key))
        arrival = self.catalog.begin(self.catalog.arrival(use_case, dataset, arrival_id))
        if arrival.status is not Status.DUPLICATE:
            self.catalog.accept(
                use_case, dataset, arrival_id, rows=report.counts(), report_key=report_key, at=self.now()
            )
        parts = [(f"{prefixes['curated']}/{part.file}", part.rows) for part in report.parts]
        columns = [column.model_dump() for column in report.columns]
        snapshot = self.catalog.commit(
            use_case, dataset, arrival_id, at=self.now(), columns=columns,
            parts=[measure_part(self.lake, key, rows=rows) for key, rows in parts],
            evidence=read_evidence(
                self.lake, report_key, contract=digest_of(contract),
                contract_version=arrival.contract,
            ),
        )  # fmt: skip
        outcome = "accepted" if snapshot.arrival_id == arrival_id else "duplicate"
        snapshot = self._settle(arrival, snapshot, outcome)
        write_snapshot(self.lake, snapshot)
        if outcome == "accepted":
            self.tables.add_partition(use_case, dataset, columns=columns, arrival_id=arrival_id)
            if contract.changes:
                write_current(self.catalog, self.lake, self.tables, snapshot, contract)
        broken = sum(not rule.passed for rule in report.rules)
        facts = {**report.counts(), "snapshot_id": snapshot.id, "arrival_id": arrival_id}
        self._record(f"arrival {outcome}", admitted, facts)
        return {
            "use_case": use_case,
            "dataset": dataset,
            "outcome": outcome,
            **facts,
            "rules_broken": broken,
            "announce": admitted.get("announce", True),
        }

    def metrics(self, done: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the log lines that become metrics of a committed arrival and of its rules."""
        at, key = self.now(), f"{_prefixes(done)['report']}/validation.json"
        validation = Validation.model_validate_json(self.lake.read(key))
        return [
            arrival_metrics(done, at=at),
            *validation_metrics(validation, use_case=done["use_case"], at=at),
        ]

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
        landing, error = Landing.of(event), read_failure(failure)
        arrival = self.catalog.begin(
            landing.arrival(execution=execution, at=self.now(), place=_stranger(landing, error))
        )
        outcome = "refused" if is_refusal(error.name) else "failed"
        facts = {"use_case": arrival.use_case, "dataset": arrival.dataset, "arrival_id": arrival.id}
        if arrival.execution == execution:
            self._turn_away(arrival, error, outcome)
            self._record(f"arrival {outcome}", facts, {"file": arrival.file_name, **error.model_dump()})
        return {
            **facts,
            "file_name": arrival.file_name,
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

    def _keep_waiting(
        self, arrival: Arrival, facts: dict[str, Any], contract: Contract | None
    ) -> dict[str, Any]:
        """Keep an arrival; ``due`` tells after how many seconds those that wait have to be gathered."""
        self._record("arrival waits", facts, {"file": arrival.file_name, "for": arrival.waiting_for})
        wait = None
        if contract is not None and contract.trigger.kind == "batch":
            waiting = self.catalog.waiting(arrival.use_case, arrival.dataset)
            wait = self.catalog.batches.wait(arrival, contract.trigger, len(waiting), self.now())
        return {**facts, "route": "waiting", "due": wait is not None, "wait_seconds": wait or 0}

    def _settle(self, arrival: Arrival, snapshot: SnapshotHead, outcome: str) -> SnapshotHead:
        """Note what overtook an arrival; let a replay take the place of what it repeats."""
        facts: dict[str, Any] = {}
        if overtaken := self.catalog.turns.committed(arrival):
            facts["late_after"] = overtaken
        if arrival.replay_of:
            family = self._family(arrival)
            facts["same_rows"] = outcome == "duplicate" and snapshot.arrival_id in family
            if outcome == "accepted":
                snapshot = self._replace(arrival, family) or snapshot
        if facts:
            self.catalog.note(arrival, **facts)
        return snapshot

    def _family(self, arrival: Arrival) -> list[str]:
        """Return the arrival that is replayed, and its other replays."""
        found = self.catalog.arrivals(arrival.use_case, arrival.dataset)
        same = [one.id for one in found if one.replay_of == arrival.replay_of and one.id != arrival.id]
        return [str(arrival.replay_of), *same]

    def _replace(self, arrival: Arrival, family: list[str]) -> SnapshotHead | None:
        """Take what a replay repeats out of the dataset; its objects stay."""
        place = (arrival.use_case, arrival.dataset)
        rule = f"replaced by its replay {arrival.id}"
        for one in family:
            self.tables.drop_partition(*place, arrival_id=one)
        removal = Removal(arrivals=tuple(family), at=self.now(), by=_ACTOR, rule=rule, kept=True)
        return self.catalog.snapshots.remove(*place, removal) or self.catalog.latest(*place)

    def _arrival(self, facts: Mapping[str, Any]) -> Arrival:
        return self.catalog.arrival(facts["use_case"], facts["dataset"], facts["arrival_id"])

    def _contract(self, facts: Mapping[str, Any]) -> Contract:
        """Return the version of the contract that the arrival was admitted under."""
        return self.catalog.contracts.numbered(facts["use_case"], facts["dataset"], int(facts["contract"]))

    def _is_large(self, landing: Landing, contract: Contract) -> bool:
        """Tell whether a job is to onboard what landed."""
        landed = landing.object
        listed = listed_keys(self.landing, contract, landed.key, landed.version)
        size = landed.size + size_of(self.landing, listed)
        return size > self.large_bytes or needs_job(contract, landing.key.file_name)

    def _job(self, facts: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
        """Write the job's request and return how to create it."""
        if self.job is None:
            raise NotFound("Large files need the job settings of the platform.", where="the onboarding step")
        folder = f"requests/onboard/{facts['arrival_id']}"
        key, file = f"{folder}/request.json", f"{folder}/file/{facts['file_name']}"
        self.lake.copy(facts["key"], file, bucket_uri=self.landing.uri, version=facts["version"])
        beside = facts["key"].rsplit("/", 1)[0]
        for one in listed_keys(self.landing, contract, facts["key"], facts["version"]):
            self.lake.copy(one, f"{folder}/file{one.removeprefix(beside)}", bucket_uri=self.landing.uri)
        use_case = self.catalog.use_case(facts["use_case"])
        others = (one for one in use_case.datasets if one.dataset != contract.dataset)
        judged = use_case.model_copy(update={"datasets": (contract, *others)})
        request = {
            "use_case": judged.model_dump(mode="json"),
            "dataset": contract.dataset,
            "arrival_id": facts["arrival_id"],
            "file_name": facts["file_name"],
            "history": history_of(self.catalog, self.lake, self._arrival(facts), contract),
        }
        self.lake.write(key, json.dumps(request).encode(), content_type="application/json")
        started = self.now().translate(str.maketrans("", "", "-:.TZ"))
        return processing_job(
            self.job,
            name=f"onboard-{facts['arrival_id']}-{started}",
            job="onboard",
            instance=self.instance,
            sources=[
                Source("request", f"{self.lake.uri}/{key}"),
                Source("file", f"{self.lake.uri}/{f'{folder}/file/' if contract.format.manifest else file}"),
                *reference_sources(self.catalog, self.lake, facts["use_case"], contract),
            ],
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


def _stranger(landing: Landing, error: Failure) -> tuple[str, str, str] | None:
    """Return the place of a file that nobody expects; None for others: their key tells it."""
    if error.name != UnregisteredDataset.__name__:
        with suppress(UnregisteredDataset):
            _ = landing.key
            return None
    return UNREGISTERED, UNREGISTERED, landing.object.key.rsplit("/", 1)[-1] or "unnamed"


def _prefixes(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return where the parts of an arrival's output lie in the lake."""
    place, arrival = f"{facts['use_case']}/{facts['dataset']}", facts["arrival_id"]
    return {
        "curated": f"curated/{place}/arrival={arrival}",
        "quarantine": f"quarantine/{place}/arrival={arrival}",
        "report": f"reports/{place}/{arrival}",
    }
