"""The steps of the features workflow: which views are refreshed, by which job, and what is done then."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.catalog.lineage import Edge
from penstock.features.erased import ErasedEntities
from penstock.features.jobs import FeatureJobs, read_work
from penstock.features.manifests import read_feature_manifest
from penstock.features.materialisations import Materialisation, Materialisations, ViewPlace
from penstock.features.offline import stored_columns
from penstock.features.planning import columns_of, plan_view
from penstock.features.tables import partition_of
from penstock.features.work import FeatureWork, ViewWork
from penstock.models import ModelRepository, Stage

if TYPE_CHECKING:
    from penstock.catalog import Catalog
    from penstock.features.catalogue import FeatureCatalogue
    from penstock.features.tables import FeatureTables
    from penstock.governance.audit import AuditTrail
    from penstock.specs import FeatureView, UseCase

_ACTOR = "features"
_LIVE = {Stage.PENDING_APPROVAL, Stage.APPROVED, Stage.DEPLOYING, Stage.CHAMPION}


@dataclass(frozen=True)
class FeatureRefresh:
    """What the steps need; a handler makes one and keeps it."""

    catalog: Catalog
    features: FeatureCatalogue
    known: Materialisations
    erased: ErasedEntities
    models: ModelRepository
    audit: AuditTrail
    tables: FeatureTables
    jobs: FeatureJobs
    now: Callable[[], str]

    def plan(self, detail: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Decide what to do about a dataset that has new rows, or whose time has come.

        Parameters
        ----------
        detail
            ``use_case`` and ``dataset``; ``snapshot_id`` where a snapshot is announced; ``views``, names
            of those that are due whatever their refresh says.

        Returns
        -------
        dict
            ``route`` is ``superseded`` when a newer snapshot has come already, ``none`` when no view is due
            or all are materialised, else ``job`` with the request of the job.
        """
        use_case = self.catalog.use_case(detail["use_case"])
        head = self.catalog.latest(use_case.name, detail["dataset"])
        asked = None if detail.get("views") else detail.get("snapshot_id")
        if head is None or (asked and head.id != asked):
            return {"route": "superseded", "ready": {}}
        views = self._due(use_case, head.dataset, detail.get("views"))
        planned = [plan_view(self.catalog, self.known, use_case, view, head) for view in views]
        ready = {
            "use_case": use_case.name,
            "dataset": head.dataset,
            "snapshot_id": head.id,
            "arrivals": head.arrival_count,
        }
        work = FeatureWork(
            use_case=use_case.name, dataset=head.dataset, columns=columns_of(use_case, head.dataset),
            views=tuple(one for one in planned if one), erased=self.erased.of(use_case.name),
        )  # fmt: skip
        if not work.views:
            return {"route": "none", "ready": ready}
        name = f"features-{head.id}-{short_hash(execution, work.model_dump_json())}"
        key = f"requests/features/{head.id}/{name}"
        job = self.jobs.request(use_case, head, work, name=name, key=key)
        return {"route": "job", "ready": ready | {"request": key}, "job": job}

    def finish(self, ready: Mapping[str, Any]) -> dict[str, Any]:
        """Make known what was written and, at last, that it counts; the same again changes nothing.

        Returns
        -------
        dict
            The detail of the event. ``again`` says that the work must be planned again, for an entity was
            erased while the job ran; ``renewed`` has those of the views that were made anew and of which
            all files of before must go.
        """
        work = read_work(self.jobs.lake, str(ready["request"]))
        told = {name: value for name, value in ready.items() if name != "request"}
        if self.erased.of(work.use_case) != work.erased:
            discarded = [_written(one) for one in work.views]
            return told | {"again": True, "renewed": [], "views": [], "discarded": discarded}
        done = [self._close(work, one) for one in work.views]
        views = [_told(one, view.view) for one, view in zip(done, work.views, strict=True)]
        told["views"] = views
        self.audit.append(
            work.use_case,
            action="features materialised",
            actor=_ACTOR,
            at=self.now(),
            subject=f"dataset {work.dataset}, snapshot {ready['snapshot_id']}, {_named(work)}",
            details=dict(told),
            once=True,
        )
        for one, view in zip(done, work.views, strict=True):
            self.known.commit(work.place(view), one)
        anew = [tell for tell, view in zip(views, work.views, strict=True) if view.purged]
        return told | {"again": False, "renewed": anew}

    def _close(self, work: FeatureWork, one: ViewWork) -> Materialisation:
        """Register a view's partitions, statistics and lineage; return what is to be committed."""
        place, writing, at = work.place(one), one.writing, self.now()
        found = read_feature_manifest(self.jobs.lake, place, writing.id)
        partitions = {partition_of(file.key) for file in found.files}
        self.tables.show(place, dict(stored_columns(one.view, one.types)), partitions)
        source = f"snapshot:{work.use_case}/{work.dataset}/{writing.snapshot_id}"
        target = features_node(place, writing.id)
        self.catalog.lineage.record(Edge(source=source, target=target, by=_ACTOR, at=at))
        self.features.observe(
            work.use_case, place.view, place.version, snapshot_id=writing.snapshot_id,
            write_time=writing.write_time, rows=found.rows, entities=found.entities, at=at,
            statistics={name: stat.model_dump() for name, stat in found.statistics.features.items()},
            newest_event=found.statistics.newest,
        )  # fmt: skip
        size = sum(file.bytes for file in found.files)
        return Materialisation(**writing.model_dump(), rows=found.rows, entities=found.entities,
                               files=len(found.files), bytes=size, at=at)  # fmt: skip

    def _due(self, use_case: UseCase, dataset: str, asked: Sequence[str] | None) -> list[FeatureView]:
        """Return the views of a dataset that are to be materialised now, in every version that is used."""
        live = [one.version for one in self.models.versions(use_case.name) if one.stage in _LIVE]
        every = self.features.to_materialise(use_case, models=live)
        return [
            view
            for view in every
            if view.dataset == dataset and (view.name in asked if asked else view.refresh.kind == "arrival")
        ]


def features_node(place: ViewPlace, identifier: str) -> str:
    """Return the node of a write of a view in the lineage.

    Examples
    --------
    >>> features_node(ViewPlace("demo", "history", 1), "0a")
    'features:demo/history_v1/0a'
    """
    return f"features:{place.use_case}/{place.view}_v{place.version}/{identifier}"


def short_hash(*texts: str) -> str:
    """Return ten hexadecimal digits that tell some texts from others."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:10]


def _named(work: FeatureWork) -> str:
    return ", ".join(f"{one.view.name} v{one.view.version} as {one.writing.id}" for one in work.views)


def _written(one: ViewWork) -> dict[str, Any]:
    return {"view": one.view.name, "version": one.view.version, "materialisation": one.writing.id}


def _told(one: Materialisation, view: FeatureView) -> dict[str, Any]:
    return {"view": view.name, "version": view.version, "materialisation": one.id,
            "rows": one.rows, "entities": one.entities}  # fmt: skip
