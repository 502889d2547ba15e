"""A range is cut where partitions begin; all of it counts, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from penstock.errors import FeaturesPending, InvalidSpec, NotFound
from penstock.features.backfilling import Backfills, parts
from penstock.features.jobs import read_work
from penstock.features.materialisations import ViewPlace
from penstock.features.requests import FeatureRequests
from penstock.specs import FeatureView

PLACE = ViewPlace("demo_case", "history", 1)


def view(**changes: Any) -> FeatureView:
    document = {
        "name": "history",
        "entity": {"name": "customer", "key": "customer"},
        "dataset": "invoices",
        "timestamp": "day",
        "features": [{"name": "rows_so_far", "aggregate": "count"}],
    }
    return FeatureView.model_validate({**document, **changes})


def asked(**changes: Any) -> dict[str, Any]:
    return {
        "use_case": "demo_case",
        "view": "history",
        "since": "2025-01-01",
        "until": "2025-04-01",
        **changes,
    }


def test_parts_begin_where_partitions_do() -> None:
    assert [span.since for span in parts(view(), "2025-01-15", "2025-03-10", whole=False)] == [
        "2025-01-15T00:00:00", "2025-02-01T00:00:00", "2025-03-01T00:00:00",
    ]  # fmt: skip
    yearly = parts(view(partition="year"), "2024-06-01", "2026-01-01T00:00:00Z", whole=False)
    assert [tuple(span) for span in yearly] == [
        ("2024-06-01T00:00:00", "2025-01-01T00:00:00"), ("2025-01-01T00:00:00", "2026-01-01T00:00:00"),
    ]  # fmt: skip


def test_parts_have_no_gap_and_there_are_not_too_many() -> None:
    found = parts(view(), "1990-01-01", "2026-06-01", whole=False)
    assert len(found) <= 100
    assert [one.until for one in found[:-1]] == [one.since for one in found[1:]]
    assert (found[0].since, found[-1].until) == ("1990-01-01T00:00:00", "2026-06-01T00:00:00")


def test_where_nothing_was_written_before_the_parts_make_up_the_whole_view() -> None:
    found = parts(view(), "2025-01-01", "2025-03-01", whole=True)
    assert (found[0].since, found[-1].until) == (None, None)


@pytest.mark.parametrize(
    ("since", "until"), [("2025-01-01", "2025-01-01"), ("2025-02-01", "2025-01-01"), ("soon", "2025-01-01"),
                         ("1000-01-01", "2025-01-01")],
)  # fmt: skip
def test_what_is_no_range_is_refused(since: str, until: str) -> None:
    with pytest.raises(InvalidSpec):
        parts(view(), since, until, whole=False)


def test_each_part_is_a_job_that_aws_takes_and_one_closes_them(world: Any, valid: Any) -> None:
    world.register()
    world.snapshot()
    steps = Backfills(world.features)
    planned = steps.plan(asked(), "run")
    assert planned == steps.plan(asked(), "run")
    jobs = json.loads(world.lake.read(planned["items"]["Key"]))
    assert len({job["ProcessingJobName"] for job in jobs}) == len(jobs) == 3
    for job in [*jobs, planned["close"]]:
        valid("sagemaker", "CreateProcessingJob", job)
    home = planned["ready"]["request"].rpartition("/")[0]
    works = [read_work(world.lake, f"{home}/{job['ProcessingJobName']}").views[0] for job in jobs]
    assert [(one.mode, one.part) for one in works] == [("part", 0), ("part", 1), ("part", 2)]
    (close,) = read_work(world.lake, planned["ready"]["request"]).views
    assert (close.mode, close.parts) == ("close", 3)
    base = world.materialisations.newest(PLACE)
    assert close.writing.base == base.id
    assert close.writing.write_time > base.write_time


def test_a_backfill_counts_when_it_is_finished_and_a_training_may_still_have_the_one_before(
    world: Any,
) -> None:
    world.register()
    snapshot = world.snapshot()
    planned = Backfills(world.features).plan(asked(), "run")
    world.run_job(planned["ready"]["request"])
    world.features.finish(planned["ready"])
    newest, before = world.materialisations.every(PLACE)
    assert (newest.kind, newest.snapshot_id, before.id) == ("backfill", snapshot.id, snapshot.id)
    assert world.lake.read(PLACE.manifest(before.id)) != world.lake.read(PLACE.manifest(newest.id))
    assert world.actions() == ["features materialised"]


def test_a_view_that_lacks_the_newest_rows_is_refreshed_first(world: Any) -> None:
    world.register()
    world.snapshot("a")
    world.snapshot("b", features=False)
    with pytest.raises(FeaturesPending, match="newest rows"):
        Backfills(world.features).plan(asked(), "run")


def test_what_a_person_asks_is_checked_and_audited(world: Any) -> None:
    world.register()
    requests = FeatureRequests(world.catalog, world.feature_catalogue, world.audit, world.clock)
    found = requests.parse(asked(reason="repair"), "dana")
    assert (found.workflow, found.by) == ("backfill", "dana")
    assert found.input["until"] == "2025-04-01"
    now = requests.parse({"use_case": "demo_case", "view": "history"}, "dana")
    assert (now.workflow, now.input["detail"]["views"]) == ("features", ["history"])
    for wrong, error in ((asked(view="none"), NotFound), (asked(until=None), InvalidSpec)):
        with pytest.raises(error):
            requests.parse(wrong, "dana")
    assert world.actions() == ["features asked"] * 2
