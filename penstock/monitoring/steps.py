"""The steps of the monitoring and retraining workflows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from penstock.catalog import Catalog
from penstock.experiments import Runs
from penstock.governance.audit import AuditTrail
from penstock.models import ModelRepository, Stage
from penstock.monitoring.policy import decide_retraining
from penstock.platform.jobs import JobSettings, Source, manifest, processing_job
from penstock.serving.plan import endpoint_name
from penstock.stores import ItemStore, ObjectStore

_ACTOR = "monitoring"
_UNJUDGED = "not_enough_rows"


class Metrics(Protocol):
    """Where metrics are published."""

    def publish(self, metrics: list[dict[str, Any]]) -> None:
        """Send CloudWatch metric data, each entry with name, value, unit and dimensions."""
        ...


@dataclass(frozen=True)
class Monitoring:
    """What the steps need; a handler makes one and keeps it."""

    catalog: Catalog
    models: ModelRepository
    runs: Runs
    windows: ItemStore
    audit: AuditTrail
    artifacts: ObjectStore
    now: Callable[[], str]
    job: JobSettings | None = None

    def plan(self, request: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Return a job for every endpoint (or the one that is asked for) that has captured traffic.

        Parameters
        ----------
        request
            ``use_case`` for one; empty on schedule, for all.
        """
        asked = request.get("use_case")
        names = [asked] if asked else sorted({entry["use_case"] for entry in self.catalog.datasets()})
        return {"windows": [window for name in names if (window := self._window(name, execution))]}

    def publish(self, window: Mapping[str, Any], metrics: Metrics) -> dict[str, Any]:
        """Read what a monitoring job found; publish (once), store and record it."""
        use_case, prefix = window["use_case"], window["prefix"]
        summary = json.loads(self.artifacts.read(f"{prefix}/summary.json"))
        key = {"pk": f"usecase#{use_case}", "sk": f"window#{window['end']}#{window['id']}"}
        if self.windows.get(key["pk"], key["sk"]) is None:
            metrics.publish(json.loads(self.artifacts.read(f"{prefix}/metrics.json")))
        found = {
            "status": summary["status"],
            "rows": summary["rows"],
            "violations": summary["violations"],
            "drifted": list(summary["drifted"]),
            "version": window["version"],
            "report_prefix": prefix,
        }
        self.windows.put({**key, "at": window["end"], **found})
        self.audit.append(
            use_case,
            action="traffic checked",
            actor=_ACTOR,
            subject=f"version {window['version']}",
            at=self.now(),
            details=found,
            once=True,
        )
        spec = self.catalog.use_case(use_case)
        explain = max(spec.monitoring.explain_share, spec.serving.explain.share) > 0
        return {
            "use_case": use_case,
            **found,
            "start": window["start"],
            "end": window["end"],
            "explain": explain,
        }

    def decide(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        """Decide whether drift starts a training, and remember that it did and by which window.

        The same window asked about again gets the same answer, so that a repeated step loses no training.
        """
        use_case, window = self.catalog.use_case(detail["use_case"]), str(detail.get("report_prefix", ""))
        key = (f"usecase#{use_case.name}", "retraining")
        last, now = self.windows.get(*key), self.now()
        again = last is not None and window != "" and last.get("window") == window
        started = datetime.fromisoformat(last["last_started_at"]) if last and not again else None
        waiting = any(one.stage is Stage.PENDING_APPROVAL for one in self.models.versions(use_case.name))
        decision = decide_retraining(
            use_case.monitoring.retraining,
            violations=int(detail["violations"]),
            last_started_at=started,
            running=waiting or bool(self.runs.active(use_case.name, at=now)),
            now=datetime.fromisoformat(now),
        )
        if decision.start and not again:
            self.windows.put(
                {"pk": key[0], "sk": key[1], "last_started_at": now, "window": window},
                expect=last["revision"] if last else 0,
            )
        self.audit.append(
            use_case.name,
            action="retraining started" if decision.start else "retraining not started",
            actor=_ACTOR,
            subject=f"use case {use_case.name}",
            at=now,
            details={"reason": decision.reason, "window": window},
            once=True,
        )
        drifted = ", ".join(detail.get("drifted", []))
        return {
            "route": "train" if decision.start else "wait",
            "reason": decision.reason,
            "use_case": use_case.name,
            "training": {
                "use_case": use_case.name,
                "reason": f"drift: {drifted}",
                "overrides": {},
                "requested_by": self.catalog.registered_by(use_case.name),
            },
        }

    def _window(self, name: str, execution: str) -> dict[str, Any] | None:
        """Plan the check of one use case's newest traffic, if it has any."""
        champion, use_case, now = self.models.champion(name), self.catalog.use_case(name), self.now()
        if champion is None or self.job is None:
            return None
        end = datetime.fromisoformat(now)
        start = max(end - timedelta(hours=use_case.monitoring.window_hours), self._last_end(name))
        keys = captured_keys(self.artifacts, name, start, end)
        if not keys:
            return None
        identifier = hashlib.sha256(f"{execution}/{name}".encode()).hexdigest()[:10]
        prefix = f"monitoring/{name}/{identifier}"
        request = {
            "use_case": use_case.model_dump(mode="json"),
            "version": str(champion.version),
            "endpoint": endpoint_name(name),
            "window_start": _iso(start),
            "window_end": now,
        }
        self._write(f"{prefix}/request/request.json", json.dumps(request).encode())
        self._write(f"{prefix}/capture.manifest", manifest(self.artifacts.uri, keys))
        root, folder = self.artifacts.uri, champion.evaluation_prefix
        job = processing_job(
            self.job,
            name=f"monitor-{name.replace('_', '-')[:40]}-{identifier}",
            job="monitor",
            instance=use_case.model.processing_instance,
            sources=[
                Source("request", f"{root}/{prefix}/request/request.json"),
                Source("capture", f"{root}/{prefix}/capture.manifest", manifest=True),
                Source("baseline", self._baseline(prefix, folder), manifest=True),
            ],
            outputs={"monitoring": f"{root}/{prefix}"},
        )
        return {
            "use_case": name,
            "version": champion.version,
            "id": identifier,
            "prefix": prefix,
            "start": _iso(start),
            "end": now,
            "job": job,
        }

    def _baseline(self, prefix: str, folder: str) -> str:
        """Write the manifest of a version's drift baseline and return its address."""
        place = f"{self.artifacts.uri}/{folder}/"
        document = [{"prefix": place}, "statistics.json", "constraints.json"]
        self._write(f"{prefix}/baseline.manifest", json.dumps(document).encode())
        return f"{self.artifacts.uri}/{prefix}/baseline.manifest"

    def _last_end(self, name: str) -> datetime:
        """Return where the last judged window ended: no traffic is judged twice, and none is left out."""
        windows = self.windows.query(f"usecase#{name}", prefix="window#", newest_first=True)
        last = next((window for window in windows if window["status"] != _UNJUDGED), None)
        return datetime.fromisoformat(last["at"] if last else "2000-01-01T00:00:00.000Z")

    def _write(self, key: str, data: bytes) -> None:
        self.artifacts.write(key, data, content_type="application/json")


def captured_keys(artifacts: ObjectStore, use_case: str, start: datetime, end: datetime) -> list[str]:
    """Return the keys of captures in the hours of a window, the hour that it ends in among them."""
    home = f"capture/{use_case}/{endpoint_name(use_case)}/AllTraffic"
    first, last = f"{home}/{start:%Y/%m/%d/%H}", f"{home}/{end:%Y/%m/%d/%H}"
    days = ((start + timedelta(days=n)).date() for n in range((end.date() - start.date()).days + 1))
    found = (key for day in days for key in artifacts.keys(f"{home}/{day:%Y/%m/%d}/"))
    return [key for key in found if first <= key[: len(first)] <= last]


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
