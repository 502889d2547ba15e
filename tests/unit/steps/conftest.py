"""A small use case, and every step wired to stores in memory and in folders."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from penstock.catalog import Arrival, Catalog, LandedObject, Part, Snapshot
from penstock.catalog.tables import MemoryTables
from penstock.experiments import Runs
from penstock.features.catalogue import FeatureCatalogue
from penstock.features.erased import ErasedEntities
from penstock.features.jobs import FeatureJobs, read_work
from penstock.features.manifests import write_feature_manifest
from penstock.features.materialisations import Materialisations
from penstock.features.offline import FeatureFile, FeatureManifest, ViewStatistics
from penstock.features.steps import FeatureRefresh
from penstock.features.tables import MemoryFeatureTables
from penstock.governance import Approvals, AuditTrail
from penstock.governance.approving import Approving
from penstock.governance.delegation import Delegations
from penstock.governance.steps import Governance
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.models.signing import sign_package
from penstock.monitoring.steps import Monitoring
from penstock.onboarding.steps import Onboarding
from penstock.platform import JobSettings
from penstock.serving.steps import Deployment
from penstock.specs import UseCase
from penstock.stores import FolderObjects, MemoryItems
from penstock.training.steps import Training

GATE = {"check": "better_than_baseline", "value": 0.1, "limit": 0.0, "passed": True, "reason": "it is"}
ROLE = "arn:aws:iam::111122223333:role/job"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"


def use_case_document(**changes: Any) -> dict[str, Any]:
    columns = [
        {"name": "id", "type": "string", "key": True, "nullable": False},
        {"name": "customer", "type": "string"},
        {"name": "amount", "type": "decimal"},
        {"name": "day", "type": "date"},
        {"name": "late", "type": "integer"},
    ]
    contract = {
        "owner": "o",
        "steward": "s",
        "purpose": "p",
        "legal_basis": "l",
        "classification": "internal",
        "columns": columns,
        "rules": [{"check": "between", "column": "amount", "minimum": 0}],
        "max_quarantined": 0.5,
    }
    view = {
        "name": "history",
        "entity": {"name": "customer", "key": "customer"},
        "dataset": "invoices",
        "timestamp": "day",
        "features": [{"name": "mean_amount", "aggregate": "mean", "of": "amount"}],
    }
    document = {
        "name": "demo_case",
        "title": "A demonstration",
        "owner": "finance",
        "risk": {"impact": "financial"},
        "datasets": [{"dataset": "invoices", **contract}, {"dataset": "payments", **contract}],
        "features": [view],
        "model": {
            "dataset": "invoices",
            "target": {"column": "late", "above": 0},
            "timestamp": "day",
            "features": ["amount"],
            "views": ["history"],
            "split": {"column": "id"},
            "candidates": [{"name": "linear", "algorithm": "logistic_regression"}],
            "train_after_arrivals": 2,
        },
        "monitoring": {"retraining": {"minimum_violations": 2, "cool_down_minutes": 60}},
    }
    return {**document, **changes}


class Clock:
    """A time that moves only when it is told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> str:
        return self.moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def forward(self, **delta: float) -> None:
        self.moment += timedelta(**delta)


class Endpoints:
    """Live endpoints by name."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.failed: set[str] = set()

    def status(self, name: str) -> str | None:
        if name in self.failed:
            return "Failed"
        return "InService" if name in self.names else None


class Waiting:
    """The workflow that waits, remembering what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def succeed(self, task_token: str, output: dict[str, Any]) -> None:
        self.told.append((task_token, output["status"]))


class Groups:
    """Model package groups."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def ensure_group(self, use_case: str, description: str) -> None:
        self.names.append(use_case)


@dataclass
class World:
    """All stores, and the steps on them."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    tables: MemoryTables = field(default_factory=MemoryTables)
    endpoints: Endpoints = field(default_factory=Endpoints)
    waiting: Waiting = field(default_factory=Waiting)
    groups: Groups = field(default_factory=Groups)

    def __post_init__(self) -> None:
        self.landing, self.lake, self.artifacts = (
            FolderObjects(self.folder / name) for name in ("landing", "lake", "artifacts")
        )
        self.catalog, self.runs = Catalog(MemoryItems()), Runs(MemoryItems())
        self.models, questions = ModelRepository(MemoryItems()), MemoryItems()
        self.approvals, self.delegations = Approvals(questions), Delegations(questions)
        self.audit, self.windows = AuditTrail(MemoryItems()), MemoryItems()
        self.feature_items, self.feature_tables = MemoryItems(), MemoryFeatureTables()
        self.feature_catalogue = FeatureCatalogue(self.feature_items)
        self.materialisations = Materialisations(self.feature_items)
        self.erased = ErasedEntities(self.feature_items)
        self.job = JobSettings(
            image="111122223333.dkr.ecr.eu-west-1.amazonaws.com/runtime:1", role=ROLE, key=KEY
        )

    def onboarding(self, **options: Any) -> Onboarding:
        settings: dict[str, Any] = {"job": self.job, "job_environment": {"HASH_KEY_SECRET": "s"}, **options}
        return Onboarding(
            catalog=self.catalog,
            audit=self.audit,
            landing=self.landing,
            lake=self.lake,
            tables=self.tables,
            now=self.clock,
            **settings,
        )

    @property
    def features(self) -> FeatureRefresh:
        environment = {"ONLINE_TABLE": "online", "LAKE_BUCKET": "lake", "HASH_KEY_SECRET": "s"}
        return FeatureRefresh(
            catalog=self.catalog,
            features=self.feature_catalogue,
            known=self.materialisations,
            erased=self.erased,
            models=self.models,
            audit=self.audit,
            tables=self.feature_tables,
            jobs=FeatureJobs(self.lake, self.catalog.snapshots, self.job, environment),
            now=self.clock,
        )

    @property
    def training(self) -> Training:
        return Training(
            self.catalog, self.runs, self.models, self.audit, self.lake, self.artifacts, self.job, self.clock,
            self.feature_catalogue, self.materialisations,
        )  # fmt: skip

    @property
    def governance(self) -> Governance:
        return Governance(self.catalog, self.audit, self.clock, self.feature_catalogue)

    @property
    def approving(self) -> Approving:
        return Approving(
            self.catalog, self.models, self.approvals, self.delegations, self.audit, self.artifacts,
            self.clock,
        )  # fmt: skip

    @property
    def deployment(self) -> Deployment:
        return Deployment(
            self.catalog, self.models, self.audit, self.artifacts, self.endpoints, self.job, self.clock
        )

    @property
    def monitoring(self) -> Monitoring:
        return Monitoring(
            self.catalog,
            self.models,
            self.runs,
            self.windows,
            self.audit,
            self.artifacts,
            self.clock,
            self.job,
        )

    def register(self, **changes: Any) -> UseCase:
        use_case = UseCase.model_validate(use_case_document(**changes))
        self.catalog.register(use_case, by="dana", at=self.clock())
        self.feature_catalogue.register(use_case, by="dana", at=self.clock())
        return use_case

    def snapshot(self, name: str = "a", dataset: str = "invoices", *, features: bool = True) -> Snapshot:
        """Commit an arrival without going through a file, and materialise its features."""
        landed = LandedObject(bucket="landing", key=f"demo_case/{dataset}/{name}.csv", version="1", size=1)
        self.clock.forward(seconds=1)
        arrival = Arrival(
            id=name,
            use_case="demo_case",
            dataset=dataset,
            file_name=f"{name}.csv",
            object=landed,
            received_at=self.clock(),
            updated_at=self.clock(),
        )
        self.catalog.begin(arrival)
        rows = {"rows_in": 9, "rows_curated": 9, "rows_quarantined": 0}
        self.catalog.accept("demo_case", dataset, name, rows=rows, report_key="r", at=self.clock())
        part = Part(key=f"curated/{dataset}/{name}", version="1", bytes=1, rows=9, sha256=f"{dataset}{name}")
        made = self.catalog.commit("demo_case", dataset, name, parts=[part], columns=[], at=self.clock())
        if features:
            self.materialise({"use_case": "demo_case", "dataset": dataset, "snapshot_id": made.id})
        return made

    def materialise(self, detail: Mapping[str, Any]) -> list[str]:
        """Run the features workflow with a job that writes no rows; return the manifests' ids."""
        planned = self.features.plan(detail, "run")
        if planned["route"] != "job":
            return []
        self.run_job(planned["ready"]["request"])
        replace(self.features, audit=AuditTrail(MemoryItems())).finish(planned["ready"])
        return [one.writing.id for one in read_work(self.lake, planned["ready"]["request"]).views]

    def run_job(self, request: str) -> None:
        """Write the manifests that a features job would."""
        work = read_work(self.lake, request)
        for one in work.views:
            place, writing = work.place(one), one.writing
            key = f"{place.prefix}/data/year=2026/month=03/{writing.id}.parquet"
            statistics = ViewStatistics(rows=9, entities=3, oldest=None, newest=None, features={})
            manifest = FeatureManifest(
                view=place.view, version=place.version, definition=writing.definition, rows=9, entities=3,
                snapshot_id=writing.snapshot_id, dataset=work.dataset, write_time=writing.write_time,
                files=(FeatureFile(key=key, rows=9, bytes=90),), source={}, statistics=statistics,
            )  # fmt: skip
            write_feature_manifest(self.lake, place, writing.id, manifest)

    def package(self, run: str, content: bytes = b"{}") -> str:
        """Write the package of a run with one file in it, and return its key."""
        key, made = f"runs/demo_case/{run}/model/model.tar.gz", io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:gz") as tar:
            entry = tarfile.TarInfo("model.json")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        self.artifacts.write(key, made.getvalue())
        return key

    def version(self, stage: Stage, run: str = "r1") -> ModelVersion:
        key = self.package(run)
        return self.models.register(
            "demo_case",
            run_id=run,
            stage=stage,
            by="dana",
            at=self.clock(),
            facts={
                "candidate": "linear",
                "model_key": key,
                "signature": sign_package(self.artifacts, key),
                "verdict": {"passed": True, "checks": [dict(GATE)]},
                "evaluation_prefix": f"runs/demo_case/{run}/evaluation",
                "package_arn": "arn:p",
            },
        )

    def champion(self, run: str = "r1") -> ModelVersion:
        number = self.version(Stage.DEPLOYING, run).version
        return self.models.move("demo_case", number, Stage.CHAMPION, by="serving", at=self.clock())

    def actions(self, use_case: str = "demo_case") -> list[str]:
        return [record.action for record in self.audit.records(use_case)]

    def write(self, key: str, document: Any) -> None:
        self.artifacts.write(key, json.dumps(document).encode())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="session")
def valid() -> Callable[[str, str, Mapping[str, Any]], None]:
    """Check a request against the service model of AWS: names, types, lengths, and the patterns of names."""
    session = botocore.session.get_session()

    def check(service: str, operation: str, request: Mapping[str, Any]) -> None:
        shape: Any = session.get_service_model(service).operation_model(operation).input_shape
        report = ParamValidator().validate(dict(request), shape)
        assert not report.has_errors(), report.generate_report()
        for name, member in shape.members.items():
            pattern = member.metadata.get("pattern") if name in request else None
            if pattern and member.type_name == "string" and r"\p" not in pattern:
                assert re.fullmatch(pattern, request[name]), (
                    f"{name} {request[name]!r} does not match {pattern}"
                )

    return check
