"""The steps of the explanation workflow: plan, record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidSpec, NotFound
from penstock.explanations.records import home
from penstock.explanations.work import Work
from penstock.governance.predictions import find_prediction
from penstock.governance.seals import check_seal
from penstock.monitoring.steps import captured_keys
from penstock.platform.jobs import JobSettings, Source, manifest, processing_job
from penstock.specs import ExplanationRequest

if TYPE_CHECKING:
    from penstock.catalog import Catalog
    from penstock.explanations.registration import ExplanationTables
    from penstock.governance.audit import AuditTrail
    from penstock.models import ModelRepository, ModelVersion
    from penstock.specs import UseCase
    from penstock.stores import ObjectStore

_ACTOR = "monitoring"
_LONGEST = timedelta(days=366)
_LOOKED_AT = 100
"""Files of which the time is looked at."""
_TOLD = (
    "rows", "explained", "answered", "other_versions", "mismatched", "corrupt", "not_found", "partitions",
    "ndcg", "drifted",
)  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """What a request is about: captures of a version, or rows."""

    version: ModelVersion
    keys: Sequence[str] = ()
    start: datetime | None = None
    end: datetime | None = None
    origin: str = ""
    at: str = ""


@dataclass(frozen=True)
class Explanations:
    """What the steps need; a handler makes one and keeps it."""

    catalog: Catalog
    models: ModelRepository
    audit: AuditTrail
    artifacts: ObjectStore
    lake: ObjectStore
    now: Callable[[], str]
    job: JobSettings | None = None
    tables: ExplanationTables | None = None

    def check(self, request: ExplanationRequest) -> None:
        """Refuse early what the workflow would refuse later.

        Raises
        ------
        NotFound
            There is no such use case, or no such version.
        InvalidSpec
            The rows lie where the platform does not look.
        """
        self.catalog.use_case(request.use_case)
        self._version(request.use_case, request.version)
        if request.rows:
            self._place(request.rows)

    def plan(self, detail: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Return the job that explains what a person, or the end of a window of monitoring, asks for.

        Raises
        ------
        NotFound
            There is nothing to explain, or no such version.
        ChangedModel
            The version's package is not the one that was registered.
        InvalidSpec
            The window is too long, or the rows lie where the platform does not look.
        """
        request, by = _read(detail), str(detail.get("requested_by") or _ACTOR)
        use_case = self.catalog.use_case(request.use_case)
        share = use_case.monitoring.explain_share if detail.get("explain") else request.share
        found = self._found(use_case, request)
        signature = check_seal(self.audit, self.artifacts, found.version)
        work = Work(
            version=found.version.version,
            digest=signature.digest,
            source="rows" if request.rows else "captured",
            name=_file_name(use_case, request, found, share),
            window_start=_iso(found.start) if found.start else None,
            window_end=_iso(found.end) if found.end else None,
            share=share,
            seed=request.seed,
            inference_ids=request.inference_ids,
            ask={"method": request.method, "counterfactual": request.counterfactual, "top": request.top},
            at=found.at,
            origin=found.origin,
            training=self._training(found.version),
            minimum_rows=use_case.monitoring.minimum_rows,
        )
        unique = hashlib.sha256(f"{execution}/{use_case.name}".encode()).hexdigest()[:10]
        prefix = f"{home(use_case.name)}/{unique}"
        explained = {
            "use_case": use_case.name,
            "version": work.version,
            "source": work.source,
            "prefix": prefix,
            "requested_by": by,
            "reason": request.reason,
        }
        return {"job": self._job(use_case, work, found, prefix, unique), "explained": explained}

    def record(self, explained: Mapping[str, Any]) -> dict[str, Any]:
        """Read what the job has done; make it visible to SQL, and audit it once."""
        assert self.tables is not None  # noqa: S101
        summary = json.loads(self.artifacts.read(f"{explained['prefix']}/summary.json"))
        self.tables.show(explained["use_case"], summary["partitions"])
        facts = {name: summary[name] for name in _TOLD}
        self.audit.append(
            explained["use_case"],
            action="predictions explained",
            actor=explained["requested_by"],
            subject=f"version {explained['version']}",
            at=self.now(),
            details={**facts, "source": explained["source"], "reason": explained["reason"],
                     "report_prefix": explained["prefix"]},
            once=True,
        )  # fmt: skip
        told = {name: explained[name] for name in ("use_case", "version", "source", "requested_by")}
        return {**told, **facts, "report_prefix": explained["prefix"]}

    def _found(self, use_case: UseCase, request: ExplanationRequest) -> _Found:
        """Find what is to be explained."""
        if request.rows:
            return self._of_rows(use_case, request)
        if request.inference_ids and request.since is None:
            return self._of_requests(use_case, request)
        return self._of_window(use_case, request)

    def _of_window(self, use_case: UseCase, request: ExplanationRequest) -> _Found:
        """Find the captures of a window."""
        end = request.until or datetime.fromisoformat(self.now())
        start = request.since or end - timedelta(hours=use_case.monitoring.window_hours)
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end - start > _LONGEST:
            raise InvalidSpec(
                "The window is too long.", found=f"{(end - start).days} days", expected="at most 366 days"
            )
        version = self._version(use_case.name, request.version)
        keys = captured_keys(self.artifacts, use_case.name, start, end)
        if not keys:
            raise NotFound(
                "No request was captured in this time.",
                found=f"{_iso(start)} to {_iso(end)}",
                where=use_case.name,
                action="Captures are written within minutes, for the share of traffic that is captured.",
            )
        return _Found(version, keys, start, end)

    def _of_requests(self, use_case: UseCase, request: ExplanationRequest) -> _Found:
        """Find requests by their ids alone."""
        found = [find_prediction(self.artifacts, use_case.name, one) for one in request.inference_ids]
        said = {one.version for one in found if one.version is not None}
        if request.version is None and len(said) > 1:
            raise InvalidSpec(
                "Several versions have answered these requests.",
                found=", ".join(map(str, sorted(said))),
                action="Ask for the requests of one version at a time, or name the version.",
            )
        version = self._version(use_case.name, request.version or next(iter(said), None))
        return _Found(version, sorted({one.capture_key for one in found}))

    def _of_rows(self, use_case: UseCase, request: ExplanationRequest) -> _Found:
        """Find files with rows, in the lake or among the runs."""
        store, key = self._place(request.rows)
        files = [one for one in store.keys(key) if one.endswith((".parquet", ".csv"))]
        if not files:
            raise NotFound("There are no rows.", found=request.rows, expected="*.parquet or *.csv")
        newest = max(store.head(one).modified or self.now() for one in files[:_LOOKED_AT])
        return _Found(self._version(use_case.name, request.version), files, origin=request.rows, at=newest)

    def _place(self, address: str) -> tuple[ObjectStore, str]:
        """Return the bucket and the key of an address."""
        for store, places in ((self.lake, ("curated/", "features/")), (self.artifacts, ("runs/",))):
            key = address.removeprefix(f"{store.uri}/")
            if key != address and key.startswith(places):
                return store, key
        raise InvalidSpec(
            "The rows lie where the platform does not look.",
            found=address,
            expected=f"{self.lake.uri}/curated/…, {self.lake.uri}/features/… or {self.artifacts.uri}/runs/…",
        )

    def _version(self, use_case: str, number: int | None) -> ModelVersion:
        """Return a version, else the champion."""
        if number is not None:
            return self.models.version(use_case, number)
        champion = self.models.champion(use_case)
        if champion is None:
            raise NotFound("No version of the model serves yet.", found=use_case, action="Name a version.")
        return champion

    def _training(self, version: ModelVersion) -> dict[str, float]:
        """Return what a version looked at on its test rows; nothing where that was not kept."""
        try:
            document = json.loads(
                self.artifacts.read(f"{version.evaluation_prefix.rstrip('/')}/explanation.json")
            )
        except NotFound:
            return {}
        return {str(name): float(size) for name, size in document["global_shap"].items()}

    def _job(self, use_case: UseCase, work: Work, found: _Found, prefix: str, unique: str) -> dict[str, Any]:
        """Write the job's request, and return the job."""
        assert self.job is not None  # noqa: S101
        root, request = self.artifacts.uri, {"use_case": use_case.model_dump(mode="json")}
        document = {**request, **work.model_dump(mode="json")}
        self._write(f"{prefix}/request/request.json", json.dumps(document).encode())
        if work.source == "rows":
            data = Source("rows", work.origin)
        else:
            self._write(f"{prefix}/capture.manifest", manifest(root, list(found.keys)))
            data = Source("capture", f"{root}/{prefix}/capture.manifest", manifest=True)
        return processing_job(
            self.job,
            name=f"explain-{use_case.name.replace('_', '-')[:40]}-{unique}",
            job="explain",
            instance=use_case.model.processing_instance,
            sources=[
                Source("request", f"{root}/{prefix}/request/request.json"),
                Source("model", f"{root}/{found.version.model_key}"),
                data,
            ],
            outputs={
                "explanations": f"{self.lake.uri}/{home(use_case.name)}",
                "summary": f"{root}/{prefix}",
            },
            max_runtime_seconds=4 * 3_600,
        )

    def _write(self, key: str, data: bytes) -> None:
        self.artifacts.write(key, data, content_type="application/json")


def _read(detail: Mapping[str, Any]) -> ExplanationRequest:
    """Return what a person asks for, or what the end of a window of monitoring means."""
    if "explain" in detail:
        asked = {"since": detail["start"], "until": detail["end"], "version": detail["version"]}
        return ExplanationRequest.parse({"use_case": detail["use_case"], "reason": "sampled", **asked})
    return ExplanationRequest.parse({key: one for key, one in detail.items() if key != "requested_by"})


def _file_name(use_case: UseCase, request: ExplanationRequest, found: _Found, share: float) -> str:
    """Name the files of a batch: the same work has the same name."""
    said = request.model_dump(mode="json", exclude={"reason", "since", "until", "version"})
    window = [_iso(one) if one else "" for one in (found.start, found.end)]
    facts = json.dumps([said, share, window, found.version.version, use_case.name], sort_keys=True)
    digest = hashlib.sha256(facts.encode()).hexdigest()[:12]
    times = "-".join(f"{one:%Y%m%dT%H%M%S}" for one in (found.start, found.end) if one)
    return "-".join(filter(None, ("rows" if request.rows else "captured", times, digest)))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
