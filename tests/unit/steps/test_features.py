"""Which views a snapshot refreshes, from what, and when what was written counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from penstock.errors import InvalidSpec, RemovedData
from penstock.features.erased import ErasedEntity
from penstock.features.jobs import read_work
from penstock.features.materialisations import ViewPlace
from penstock.features.purging import Purge
from penstock.features.schedules import FeatureSchedules

EXECUTION = "8d1f0f4c-5d6b-4d5e-9c8e-0a1b2c3d4e5f_0a1b2c3d-8d1f-5d6b-4d5e-9c8e0a1b2c3d"
PLACE = ViewPlace("demo_case", "history", 1)


def detail(snapshot: Any, **more: Any) -> dict[str, Any]:
    return {"use_case": "demo_case", "dataset": snapshot.dataset, "snapshot_id": snapshot.id, **more}


def inputs(job: dict[str, Any]) -> dict[str, str]:
    return {one["InputName"]: one["S3Input"]["S3Uri"] for one in job["ProcessingInputs"]}


def test_a_new_snapshot_refreshes_its_views_by_a_job_that_aws_takes(world: Any, valid: Any) -> None:
    world.register()
    snapshot = world.snapshot(features=False)
    planned = world.features.plan(detail(snapshot), EXECUTION)
    assert planned == world.features.plan(detail(snapshot), EXECUTION)
    assert (planned["route"], planned["ready"]["arrivals"]) == ("job", 1)
    valid("sagemaker", "CreateProcessingJob", planned["job"])
    assert set(inputs(planned["job"])) == {"request", "data"}
    assert planned["job"]["Environment"]["LAKE_BUCKET"] == "lake"
    (view,) = read_work(world.lake, planned["ready"]["request"]).views
    assert (view.mode, view.arrivals, view.writing.base) == ("refresh", None, None)
    assert view.types == {"mean_amount": "decimal"}


def test_the_next_snapshot_builds_on_the_one_before_and_computes_what_has_come(world: Any) -> None:
    world.register()
    first, second = world.snapshot("a"), world.snapshot("b", features=False)
    planned = world.features.plan(detail(second), EXECUTION)
    (view,) = read_work(world.lake, planned["ready"]["request"]).views
    assert (view.writing.base, view.arrivals) == (first.id, ("b",))
    manifest = world.lake.read(inputs(planned["job"])["known"].removeprefix(f"{world.lake.uri}/"))
    assert json.loads(manifest)[1:] == [f"{PLACE.prefix}/data/year=2026/month=03/{first.id}.parquet"]
    assert view.writing.write_time > world.materialisations.find(PLACE, first.id).write_time


def test_a_write_is_fixed_when_it_is_planned_first(world: Any) -> None:
    """Two runs of one snapshot must write the same bytes, whatever was done between."""
    world.register()
    first, second = world.snapshot("a", features=False), world.snapshot("b", features=False)
    before = world.features.plan(detail(second), "one")
    third = world.features.plan(detail(first, views=["history"]), "two")
    assert third["ready"]["snapshot_id"] == second.id
    again = world.features.plan(detail(second), "three")
    works = [read_work(world.lake, one["ready"]["request"]) for one in (before, third, again)]
    assert works[0].views == works[1].views == works[2].views
    assert before["job"]["ProcessingJobName"] != again["job"]["ProcessingJobName"]


def test_rows_that_were_removed_make_all_features_anew(world: Any) -> None:
    from penstock.catalog.records import Removal

    world.register()
    world.snapshot("a"), world.snapshot("b")
    removal = Removal(arrivals=("a",), reason="r", rule="r", at=world.clock(), by="t", kept=False)
    head = world.catalog.snapshots.remove("demo_case", "invoices", removal)
    planned = world.features.plan(detail(head), EXECUTION)
    (view,) = read_work(world.lake, planned["ready"]["request"]).views
    assert (view.mode, view.arrivals, view.purged) == ("renew", None, True)


def test_features_of_rows_that_a_replay_replaced_stay_for_who_pinned_them(world: Any) -> None:
    from penstock.catalog.records import Removal

    world.register()
    world.snapshot("a"), world.snapshot("b")
    removal = Removal(arrivals=("a",), rule="r", at=world.clock(), by="t", kept=True)
    head = world.catalog.snapshots.remove("demo_case", "invoices", removal)
    planned = world.features.plan(detail(head), EXECUTION)
    world.run_job(planned["ready"]["request"])
    assert world.features.finish(planned["ready"])["renewed"] == []


def test_what_was_made_of_removed_rows_goes_for_good_and_what_is_being_written_stays(world: Any) -> None:
    from penstock.catalog.records import Removal

    world.register()
    old = world.snapshot("a")
    world.lake.write(f"{PLACE.prefix}/data/year=2026/month=03/{old.id}.parquet", b"rows")
    world.snapshot("b")
    removal = Removal(arrivals=("a",), reason="r", rule="r", at=world.clock(), by="t", kept=False)
    head = world.catalog.snapshots.remove("demo_case", "invoices", removal)
    planned = world.features.plan(detail(head), EXECUTION)
    world.run_job(planned["ready"]["request"])
    for name in (head.id, "0123456789abcdef"):
        world.lake.write(f"{PLACE.prefix}/data/year=2026/month=03/{name}.parquet", b"rows")
    told = world.features.finish(planned["ready"])
    purge = Purge(world.catalog, world.materialisations, world.audit, world.lake, world.clock)
    assert [one["view"] for one in told["renewed"]] == ["history"]
    assert "renewed" not in purge.purge(told)
    left = {key.rpartition("/")[2] for key in world.lake.keys(f"{PLACE.prefix}/")}
    assert left == {f"{head.id}.parquet", "0123456789abcdef.parquet", f"{head.id}.json"}
    assert world.actions() == ["features materialised", "features removed"]
    with pytest.raises(RemovedData):
        world.materialisations.find(PLACE, old.id)
    assert purge.purge(told)["views"] == told["views"]


def test_a_dataset_without_views_is_ready_at_once(world: Any) -> None:
    world.register()
    assert world.features.plan(detail(world.snapshot(dataset="payments")), EXECUTION)["route"] == "none"


def test_an_older_snapshot_is_superseded(world: Any) -> None:
    world.register()
    old = world.snapshot("a")
    world.snapshot("b")
    assert world.features.plan(detail(old), EXECUTION)["route"] == "superseded"


def test_what_is_materialised_is_told_again_and_not_made_again(world: Any) -> None:
    world.register()
    planned = world.features.plan(detail(world.snapshot()), EXECUTION)
    assert (planned["route"], planned["ready"]["arrivals"]) == ("none", 1)


def test_a_view_with_a_schedule_waits_for_it(world: Any) -> None:
    from tests.unit.steps.conftest import use_case_document

    timed = {
        **use_case_document()["features"][0],
        "refresh": {"kind": "schedule", "expression": "rate(1 day)"},
    }
    world.register(features=[timed])
    snapshot = world.snapshot(features=False)
    assert world.features.plan(detail(snapshot), EXECUTION)["route"] == "none"
    due = {"use_case": "demo_case", "dataset": "invoices", "views": ["history"]}
    assert world.features.plan(due, EXECUTION)["route"] == "job"


class Timetable:
    """Schedules by name."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, dict[str, Any]]] = {}

    def put(self, name: str, expression: str, detail: dict[str, Any]) -> None:
        self.known[name] = (expression, detail)

    def delete(self, name: str) -> None:
        del self.known[name]


def test_schedules_of_views_follow_what_is_in_force(world: Any) -> None:
    from tests.unit.steps.conftest import use_case_document

    table = Timetable()
    keeper = FeatureSchedules(world.catalog, world.feature_catalogue, world.feature_items, table)
    timed = use_case_document()["features"][0] | {
        "refresh": {"kind": "schedule", "expression": "rate(1 day)"}
    }
    world.register(features=[timed])
    assert keeper.keep("demo_case") == keeper.keep("demo_case") == {"history": "rate(1 day)"}
    ((name, (expression, detail)),) = table.known.items()
    assert name.startswith("demo_case.view.history.")
    assert expression == "rate(1 day)"
    assert detail == {"use_case": "demo_case", "dataset": "invoices", "views": ["history"]}
    world.register()
    assert keeper.keep("demo_case") == {}
    assert table.known == {}


def test_nobody_reads_a_write_before_it_is_committed(world: Any) -> None:
    world.register()
    planned = world.features.plan(detail(world.snapshot(features=False)), EXECUTION)
    world.run_job(planned["ready"]["request"])
    assert world.materialisations.newest(PLACE) is None
    told = world.features.finish(planned["ready"])
    assert told == world.features.finish(planned["ready"])
    done = world.materialisations.newest(PLACE)
    assert (done.rows, done.entities, done.files, done.bytes) == (9, 3, 1, 90)
    assert told["views"] == [
        {"view": "history", "version": 1, "materialisation": done.id, "rows": 9, "entities": 3}
    ]
    assert world.actions() == ["features materialised"]
    assert world.feature_tables.shown == {"demo_case__features__history_v1": {"year=2026/month=03"}}
    assert world.feature_catalogue.observed("demo_case", "history", 1).rows == 9
    (edge,) = world.catalog.lineage.upstream(f"features:demo_case/history_v1/{done.id}", depth=1).edges
    assert edge.source == f"snapshot:demo_case/invoices/{done.snapshot_id}"


def test_a_job_that_ran_while_an_entity_was_erased_does_not_count(world: Any) -> None:
    world.register()
    planned = world.features.plan(detail(world.snapshot(features=False)), EXECUTION)
    world.run_job(planned["ready"]["request"])
    gone = ErasedEntity(entity="customer", key_hash="0a", erasure="e", at=world.clock(), by="priya")
    world.erased.add("demo_case", gone)
    lake, key = (
        world.lake,
        f"{PLACE.prefix}/data/year=2026/month=03/{planned['ready']['snapshot_id']}.parquet",
    )
    lake.write(key, b"rows of the erased entity")
    told = world.features.finish(planned["ready"])
    assert told["again"] is True
    Purge(world.catalog, world.materialisations, world.audit, lake, world.clock).purge(told)
    assert not list(lake.versions(f"{PLACE.prefix}/"))
    assert world.materialisations.newest(PLACE) is None
    again = world.features.plan(detail(world.catalog.latest("demo_case", "invoices")), EXECUTION)
    assert again["job"]["ProcessingJobName"] != planned["job"]["ProcessingJobName"]
    assert read_work(world.lake, again["ready"]["request"]).erased == {"customer": ("0a",)}


def test_other_features_under_an_old_version_are_refused(world: Any) -> None:
    from tests.unit.steps.conftest import use_case_document

    world.register()
    world.snapshot("a")
    other = {**use_case_document()["features"][0], "where": "amount > 1"}
    use_case = world.catalog.use_case("demo_case")
    changed = use_case.model_validate({**use_case_document(), "features": [other]})
    from penstock.features.planning import plan_view

    head = world.catalog.latest("demo_case", "invoices")
    with pytest.raises(InvalidSpec, match="new version"):
        plan_view(world.catalog, world.materialisations, changed, changed.features[0], head)


def test_a_late_clock_does_not_make_a_write_older_than_the_one_before(world: Any) -> None:
    world.register()
    first = world.snapshot("a")
    world.clock.forward(days=-30)
    second = world.snapshot("b")
    times = [world.materialisations.find(PLACE, one.id).write_time for one in (first, second)]
    assert times == sorted(times)
    assert times[0] != times[1]
