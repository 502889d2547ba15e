"""The jobs of a training run as SageMaker is asked for them, with the documents that they read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from penstock.catalog import Snapshot
from penstock.models import ModelVersion
from penstock.platform.jobs import JobSettings, Source, manifest, processing_job
from penstock.specs import UseCase
from penstock.stores import ObjectStore
from penstock.training.pinning import PinnedView, RunFeatures
from penstock.training.plan import RunPlan
from penstock.training.search import training_request


def job_requests(
    job: JobSettings,
    use_case: UseCase,
    plan: RunPlan,
    *,
    lake: ObjectStore,
    artifacts: ObjectStore,
    head: Snapshot,
    pinned: Sequence[PinnedView],
    champion: ModelVersion | None,
    earlier: Sequence[ModelVersion],
) -> dict[str, Any]:
    """Write what the jobs read and return the requests of ``prepare``, ``train`` (a list) and ``evaluate``.

    Parameters
    ----------
    job
        Image, role and key of the jobs.
    lake, artifacts
        Where data lie, and where the run's documents go.
    head, pinned
        The snapshot, and the feature rows that go with it.
    champion, earlier
        The version that serves, and those that are measured again.
    """
    home = f"runs/{use_case.name}/{plan.run_id}"
    root = f"{artifacts.uri}/{home}"
    model = use_case.model
    used = RunFeatures(views=tuple(pinned), on_demand=use_case.model_on_demand, service=model.service)
    written = {
        "requests/prepare/request.json": json.dumps(plan.prepare_request).encode(),
        "requests/evaluate/request.json": json.dumps(plan.evaluate_request).encode(),
        "plan.json": plan.model_dump_json().encode(),
        "data.manifest": manifest(lake.uri, [part.key for part in head.parts]),
        "features.json": used.model_dump_json().encode(),
    }
    views = []
    if pinned:
        written["features.manifest"] = used.manifest(lake, use_case.name)
        views = [Source("features", f"{root}/features.manifest", manifest=True)]
    for name, data in written.items():
        artifacts.write(f"{home}/{name}", data, content_type="application/json")
    common: dict[str, Any] = {
        "instance": plan.processing_instance,
        "max_runtime_seconds": model.max_runtime_seconds,
    }
    return {
        "prepare": processing_job(
            job,
            name=plan.prepare_job,
            job="prepare",
            outputs={"prepared": f"{root}/prepared"},
            **common,
            sources=[
                Source("request", f"{root}/requests/prepare/request.json"),
                Source("data", f"{root}/data.manifest", manifest=True),
                *views,
            ],
        ),
        "train": [
            training_request(job, plan, candidate, tuning=model.tuning, root=root, imports=artifacts.uri)
            for candidate in plan.candidates
        ],
        "evaluate": processing_job(
            job,
            name=plan.evaluate_job,
            job="evaluate",
            **common,
            outputs={"evaluation": f"{root}/evaluation", "model": f"{root}/model"},
            sources=[
                Source("request", f"{root}/requests/evaluate/request.json"),
                Source("prepared", f"{root}/prepared"),
                Source("candidates", f"{root}/candidates"),
                *_models(artifacts.uri, champion, earlier),
            ],
        ),
    }


def _models(artifacts: str, champion: ModelVersion | None, earlier: Sequence[ModelVersion]) -> list[Source]:
    """Return the packages of versions that are measured again."""
    found = [Source("champion", f"{artifacts}/{champion.model_key}")] if champion else []
    return found + [
        Source(f"earlier-{one.version}", f"{artifacts}/{one.model_key}")
        for one in earlier
        if champion is None or one.version != champion.version
    ]
