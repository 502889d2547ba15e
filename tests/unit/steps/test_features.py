"""Which views a new snapshot refreshes."""

from __future__ import annotations

from typing import Any

EXECUTION = "8d1f0f4c-5d6b-4d5e-9c8e-0a1b2c3d4e5f_0a1b2c3d-8d1f-5d6b-4d5e-9c8e0a1b2c3d"


def detail(snapshot: Any) -> dict[str, Any]:
    return {"use_case": "demo_case", "dataset": snapshot.dataset, "snapshot_id": snapshot.id}


def test_a_new_snapshot_refreshes_its_views_by_a_job_that_aws_takes(world: Any, valid: Any) -> None:
    world.register()
    snapshot = world.snapshot()
    planned = world.features.plan(detail(snapshot), EXECUTION)
    assert planned == world.features.plan(detail(snapshot), EXECUTION)
    assert (planned["route"], planned["ready"]["arrivals"]) == ("job", 1)
    valid("sagemaker", "CreateProcessingJob", planned["job"])
    (output,) = planned["job"]["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"].endswith(f"features/demo_case/history/snapshot={snapshot.id}")


def test_a_dataset_without_views_is_ready_at_once(world: Any) -> None:
    world.register()
    assert world.features.plan(detail(world.snapshot(dataset="payments")), EXECUTION)["route"] == "none"


def test_an_older_snapshot_is_superseded(world: Any) -> None:
    world.register()
    old = world.snapshot("a")
    world.snapshot("b")
    assert world.features.plan(detail(old), EXECUTION)["route"] == "superseded"


def test_a_refresh_is_recorded_once(world: Any) -> None:
    world.register()
    ready = world.features.plan(detail(world.snapshot()), EXECUTION)["ready"]
    assert world.features.finish(ready) == world.features.finish(ready) == ready
    assert world.actions() == ["features materialised"]
