"""The steps of the training workflow: plan, assess, register, fail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from penstock.catalog import Catalog, Snapshot, SnapshotHead
from penstock.catalog.lineage import Edge
from penstock.errors import Conflict, TrainingRefused
from penstock.experiments import Run, Runs
from penstock.experiments.collecting import keep, tell_mlflow
from penstock.features.catalogue import FeatureCatalogue
from penstock.features.materialisations import Materialisations
from penstock.governance.audit import AuditTrail
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.models.ageing import earlier_versions, known_ages
from penstock.models.filters import metric_value
from penstock.models.package import package_request
from penstock.models.signing import sign_package
from penstock.platform.failures import read_failure
from penstock.platform.jobs import JobSettings
from penstock.specs import UseCase
from penstock.stores import ObjectStore
from penstock.training.pinning import PinnedView, RunFeatures, pin_views
from penstock.training.plan import ChampionRef, RunPlan, plan_run
from penstock.training.requests import job_requests

_ACTOR = "training"


@dataclass(frozen=True)
class Training:
    """What the steps need; a handler makes one and keeps it."""

    catalog: Catalog
    runs: Runs
    models: ModelRepository
    audit: AuditTrail
    lake: ObjectStore
    artifacts: ObjectStore
    job: JobSettings
    now: Callable[[], str]
    features: FeatureCatalogue
    known: Materialisations
    prices: Mapping[str, float] | None = None
    """Dollars an hour by instance type, for a run's limit of money and the estimate of its cost."""
    mlflow: str = ""
    """Address or ARN of an MLflow tracking server that every run is written to."""

    def plan(self, request: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Decide whether to train now, and prepare all requests.

        Parameters
        ----------
        request
            ``use_case``; a request by a person or by the retraining policy also has ``reason``,
            ``requested_by`` and ``overrides``. Without a reason it is new data, which starts the first
            training only.
        execution
            ARN of the workflow run; the run's id is made from it, so a repeated step plans the same run.

        Returns
        -------
        dict
            ``route`` is ``not_due`` or ``train``.

        Raises
        ------
        Conflict
            Another run is training the same use case, and this one was asked for.
        TrainingRefused
            There is no data yet.
        FeaturesPending
            Features of the newest rows are still being made, or wait for approval.
        """
        use_case, asked = self.catalog.use_case(request["use_case"]), bool(request.get("reason"))
        latest = self.catalog.latest(use_case.name, use_case.model.dataset)
        if latest is None or not latest.part_count:
            raise TrainingRefused(
                "There is no data to learn from.",
                where=use_case.name,
                action="Upload a file first: penstock upload.",
            )
        run_id = run_id_of(use_case.name, execution)
        if not asked and not self._first_is_due(use_case, latest, run_id, request.get("snapshot_id")):
            return {"route": "not_due", "use_case": use_case.name}
        use_case = self.features.usable(use_case)
        pinned = pin_views(self.catalog, self.known, use_case, latest)
        head = self.catalog.snapshots.whole(latest)
        champion, versions = self.models.champion(use_case.name), self.models.versions(use_case.name)
        earlier = earlier_versions(self.artifacts, versions, champion)
        plan = plan_run(
            use_case,
            run_id=run_id,
            arrivals=head.arrivals,
            overrides=request.get("overrides") or {},
            champion=ChampionRef(version=str(champion.version)) if champion else None,
            history=self._history(versions, use_case.model.metric),
            earlier=[_earlier(one, champion) for one in earlier],
            prices=self.prices,
        )
        holder = self._claim(use_case, run_id)
        if holder != run_id and not asked:
            return {"route": "not_due", "use_case": use_case.name}
        if holder != run_id:
            raise Conflict(
                "This use case is being trained already.",
                found=f"run {holder}",
                action="Wait until it has ended: penstock runs.",
            )
        run = self._start(plan, head, request, execution, pinned)
        self._trace(use_case, head, run, pinned)
        return {
            "route": "train",
            "use_case": use_case.name,
            "run_id": run_id,
            **job_requests(
                self.job,
                use_case,
                plan,
                lake=self.lake,
                artifacts=self.artifacts,
                head=head,
                pinned=pinned,
                champion=champion,
                earlier=earlier,
            ),
            "requested_by": run.requested_by,
            "snapshot_id": head.id,
        }

    def assess(self, planned: Mapping[str, Any]) -> dict[str, Any]:
        """Read the evaluation, give the version its number, and return the model package to create."""
        use_case, run_id = planned["use_case"], planned["run_id"]
        folder = f"runs/{use_case}/{run_id}/evaluation"
        verdict = json.loads(self.artifacts.read(f"{folder}/verdict.json"))
        metrics = json.loads(self.artifacts.read(f"{folder}/metrics.json"))
        chosen, passed = verdict["chosen"], bool(verdict["passed"])
        tested = metrics["models"][chosen]["test"]
        keep(self.artifacts, self.runs, use_case, run_id, verdict=verdict, metrics=tested, prices=self.prices)
        version = self.models.register(
            use_case,
            run_id=run_id,
            stage=Stage.PENDING_APPROVAL if passed else Stage.REFUSED,
            by=planned["requested_by"],
            at=self.now(),
            reason=_reason(verdict),
            facts={
                "candidate": chosen,
                "verdict": verdict,
                "metrics": metrics["models"][chosen]["test"],
                "model_key": (package := f"runs/{use_case}/{run_id}/model/model.tar.gz"),
                "signature": sign_package(self.artifacts, package),
                "evaluation_prefix": folder,
                "snapshot_id": planned["snapshot_id"],
            },
        )
        return {
            **_told(version),
            "passed": passed,
            "package": package_request(version, artifacts=self.artifacts, image=self.job.image),
        }

    def register(self, assessed: Mapping[str, Any]) -> dict[str, Any]:
        """Note the model package, close the run and record what came of it."""
        use_case, number = assessed["use_case"], assessed["version"]
        version = self.models.note(use_case, number, package_arn=assessed["package_arn"])
        self.runs.finish(
            use_case,
            version.run_id,
            status="completed",
            at=self.now(),
            summary={"version": number, "passed": assessed["passed"], "candidate": version.candidate},
        )
        made = Edge(
            source=f"run:{use_case}/{version.run_id}",
            target=f"model:{use_case}/{number}",
            by=_ACTOR,
            at=self.now(),
        )
        self.catalog.lineage.record(made)
        self._record_use(use_case, version)
        if self.mlflow:
            tell_mlflow(self.artifacts, self.runs, use_case, version.run_id, address=self.mlflow)
        checks = version.verdict.get("checks", [])
        self.audit.append(
            use_case,
            action="model registered" if assessed["passed"] else "model refused",
            actor=_ACTOR,
            subject=f"version {number}",
            at=self.now(),
            details={
                "run": version.run_id,
                "candidate": version.candidate,
                "metrics": version.metrics,
                "checks": checks,
            },
            once=True,
        )
        return {**_told(version), "passed": assessed["passed"]}

    def fail(self, request: Mapping[str, Any], failure: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Record a run that broke off, and let the next one in."""
        error, use_case = read_failure(failure), str(request["use_case"])
        run_id = run_id_of(use_case, execution)
        self.runs.release(use_case, run_id)
        if any(run.run_id == run_id for run in self.runs.runs(use_case)):
            self.runs.finish(use_case, run_id, status="failed", at=self.now(), summary=error.model_dump())
        self.audit.append(
            use_case,
            action="training failed",
            actor=_ACTOR,
            subject=f"run {run_id}",
            at=self.now(),
            details=error.model_dump(),
            once=True,
        )
        return {"use_case": use_case, "run_id": run_id, "error": error.name, "message": error.message}

    def _first_is_due(self, use_case: UseCase, head: SnapshotHead, run_id: str, ready: str | None) -> bool:
        """Say whether enough data has come for the first training, which this run may be already.

        Features of an older snapshot are no reason: those of the newest will be.
        """
        others = any(run.run_id != run_id and run.status != "failed" for run in self.runs.runs(use_case.name))
        newest = ready in {None, head.id}
        return newest and not others and head.arrival_count >= use_case.model.train_after_arrivals

    def _claim(self, use_case: UseCase, run_id: str) -> str:
        until = datetime.fromisoformat(self.now()) + timedelta(seconds=6 * use_case.model.max_runtime_seconds)
        return self.runs.claim(
            use_case.name,
            run_id,
            at=self.now(),
            until=until.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )

    def _start(
        self,
        plan: RunPlan,
        head: Snapshot,
        request: Mapping[str, Any],
        execution: str,
        pinned: Sequence[PinnedView],
    ) -> Run:
        run = Run(
            features={one.view.name: one.node for one in pinned},
            arrivals=tuple(head.arrivals),
            run_id=plan.run_id,
            use_case=plan.use_case,
            snapshot_id=head.id,
            digest=plan.digest,
            reason=request.get("reason") or "first data",
            requested_by=request.get("requested_by") or self._owner(plan),
            overrides=dict(request.get("overrides") or {}),
            execution_arn=execution,
            started_at=self.now(),
        )
        self.runs.start(run)
        self.audit.append(
            plan.use_case,
            action="training started",
            actor=run.requested_by,
            subject=f"run {run.run_id}",
            at=self.now(),
            details={
                "reason": run.reason,
                "snapshot": head.id,
                "arrivals": len(head.arrivals),
                "candidates": [candidate.name for candidate in plan.candidates],
                "features": [one.node for one in pinned],
                **_brought_in(plan),
            },
            once=True,
        )
        return run

    def _trace(self, use_case: UseCase, head: Snapshot, run: Run, pinned: Sequence[PinnedView]) -> None:
        """Record what the run learns from."""
        sources = [f"snapshot:{use_case.name}/{head.dataset}/{head.id}", *(one.node for one in pinned)]
        target = f"run:{use_case.name}/{run.run_id}"
        self.catalog.lineage.record(
            *(Edge(source=source, target=target, by=_ACTOR, at=run.started_at) for source in sources)
        )

    def _record_use(self, use_case: str, version: ModelVersion) -> None:
        """Record which features the version was trained with."""
        key = f"runs/{use_case}/{version.run_id}/features.json"
        used = RunFeatures.model_validate_json(self.artifacts.read(key))
        if used.views or used.on_demand:
            self.features.record_use(
                use_case, version.version, views=[one.view for one in used.views], on_demand=used.on_demand,
                service=used.service, run_id=version.run_id, at=self.now(),
            )  # fmt: skip

    def _owner(self, plan: RunPlan) -> str:
        """Return who answers for a training that nobody asked for: who registered the use case."""
        return self.catalog.registered_by(plan.use_case)

    def _history(self, versions: Sequence[ModelVersion], metric: str) -> dict[str, Any]:
        """Return what earlier versions reached when they were new, and as they aged."""
        ages = known_ages(self.artifacts, versions, metric)
        return {"versions": _past(versions, metric), "ages": ages, "at": self.now()}


def _brought_in(plan: RunPlan) -> dict[str, Any]:
    """Tell the audit trail of each imported candidate's file, and of what a person vouched for."""
    told = {
        one.name: json.loads(one.hyperparameters["candidate"])["source"]
        for one in plan.candidates
        if one.imported
    }
    return {"imported": told} if told else {}


def _past(versions: Sequence[ModelVersion], metric: str) -> list[dict[str, Any]]:
    """Return what earlier versions that passed their gates reached on their own test rows."""
    found = []
    for one in versions:
        value = metric_value(one.metrics, metric)
        if one.verdict.get("passed") and value is not None:
            found.append({"version": str(one.version), "trained_at": one.created_at, "metric": value})
    return found


def _earlier(version: ModelVersion, champion: ModelVersion | None) -> dict[str, Any]:
    """Return what the evaluation must know of a version that it measures again."""
    return {
        "version": str(version.version),
        "trained_at": version.created_at,
        "sha256": version.signature.sha256 if version.signature else "",
        "serves": champion is not None and version.version == champion.version,
    }


def run_id_of(use_case: str, execution: str) -> str:
    """Make a run's id from the ARN of the workflow run that makes it.

    Examples
    --------
    >>> run_id_of("late_invoices", "arn:aws:states:eu-west-1:111122223333:execution:training:1")
    'late-invoices-7b3cdb25ce'
    """
    return f"{use_case.replace('_', '-')[:32]}-{hashlib.sha256(execution.encode()).hexdigest()[:10]}"


def _reason(verdict: Mapping[str, Any]) -> str:
    broken = [
        str(check.get("reason") or check["check"])
        for check in verdict.get("checks", [])
        if not check["passed"]
    ]
    return "; ".join(broken) or "every check passed"


def _told(version: ModelVersion) -> dict[str, Any]:
    return {
        "use_case": version.use_case,
        "version": version.version,
        "run_id": version.run_id,
        "candidate": version.candidate,
        "requested_by": version.requested_by,
    }
