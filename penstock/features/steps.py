"""The steps of the features workflow: which views a new snapshot refreshes, and by which job."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.catalog import Catalog
from penstock.catalog.evidence import write_manifest
from penstock.catalog.lineage import Edge
from penstock.governance.audit import AuditTrail
from penstock.platform.jobs import JobSettings, Source, processing_job
from penstock.stores import ObjectStore


@dataclass(frozen=True)
class FeatureRefresh:
    """What the steps need; a handler makes one and keeps it."""

    catalog: Catalog
    audit: AuditTrail
    lake: ObjectStore
    job: JobSettings
    online_table: str
    now: Callable[[], str]

    def plan(self, detail: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Decide what to do about a dataset that has new rows.

        Returns
        -------
        dict
            ``route`` is ``superseded`` when a newer snapshot has come already, ``none`` when no view uses
            the dataset or all its rows were removed, else ``job`` with the request of the job.
        """
        use_case = self.catalog.use_case(detail["use_case"])
        head = self.catalog.latest(use_case.name, detail["dataset"])
        if head is None or head.id != detail["snapshot_id"]:
            return {"route": "superseded", "ready": {}}
        ready = {
            "use_case": use_case.name,
            "dataset": head.dataset,
            "snapshot_id": head.id,
            "arrivals": head.arrival_count,
        }
        views = [view.name for view in use_case.features if view.dataset == head.dataset]
        if not views or not head.part_count:
            return {"route": "none", "ready": ready}
        key = f"requests/features/{head.id}/request.json"
        request = {
            "use_case": use_case.model_dump(mode="json"),
            "dataset": head.dataset,
            "snapshot_id": head.id,
        }
        self.lake.write(key, json.dumps(request).encode(), content_type="application/json")
        job = processing_job(
            self.job,
            name=f"features-{head.id}-{hashlib.sha256(execution.encode()).hexdigest()[:10]}",
            job="features",
            instance=use_case.model.processing_instance,
            sources=[
                Source("request", f"{self.lake.uri}/{key}"),
                Source("data", write_manifest(self.lake, self.catalog.snapshots, head), manifest=True),
            ],
            outputs={
                f"features/{view}": f"{self.lake.uri}/features/{use_case.name}/{view}/snapshot={head.id}"
                for view in views
            },
            environment={"ONLINE_TABLE": self.online_table},
        )
        return {"route": "job", "ready": ready, "job": job}

    def finish(self, ready: Mapping[str, Any]) -> dict[str, Any]:
        """Record that features are materialised, and from what."""
        use_case, snapshot = self.catalog.use_case(ready["use_case"]), ready["snapshot_id"]
        for view in use_case.features:
            if view.dataset == ready["dataset"]:
                source = f"snapshot:{use_case.name}/{view.dataset}/{snapshot}"
                target = f"features:{use_case.name}/{view.name}/{snapshot}"
                self.catalog.lineage.record(Edge(source=source, target=target, by="features", at=self.now()))
        self.audit.append(
            ready["use_case"],
            action="features materialised",
            actor="features",
            at=self.now(),
            subject=f"dataset {ready['dataset']}, snapshot {ready['snapshot_id']}",
            details=dict(ready),
            once=True,
        )
        return dict(ready)
