"""Data whose time is over leave the platform, under one role, and only when no hold protects them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from penstock.catalog import Arrival, Catalog, SnapshotHead
from penstock.catalog.diff import Comparer
from penstock.catalog.reading import SnapshotReader
from penstock.catalog.retention import due
from penstock.errors import NotPermitted, RemovedData
from penstock.platform import Platform
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.world import World

PLACE = ("keeping", "readings")
HOLD = {"use_case": PLACE[0], "dataset": PLACE[1], "reason": "lawsuit 12"}


def _reader(platform: Platform) -> SnapshotReader:
    return SnapshotReader(Catalog(platform.items("catalog")).snapshots, platform.lake)


def _age(world: World, arrival: Arrival, days: int) -> None:
    """Let an arrival have landed some days ago."""
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    world.catalog.note(world.catalog.arrival(*PLACE, arrival.id), received_at=at, landed_at=at)


def _keys(world: World, arrival: Arrival) -> list[str]:
    """Return all that is left of an arrival, in all versions, but its reports and snapshots."""
    every = [one for store in (world.engineer.lake, world.engineer.landing) for one in store.versions("")]
    own = (one.key for one in every if arrival.id in one.key or one.version == arrival.object.version)
    return [key for key in own if not key.startswith(("reports/", "snapshots/"))]


@pytest.fixture(scope="module")
def arrivals(world: World) -> dict[str, Arrival]:
    never = use_cases.model(train_after_arrivals=use_cases.NEVER)
    datasets = [use_cases.contract(retention_days=30)]
    world.register(use_cases.document(PLACE[0], model=never, datasets=datasets, features=[use_cases.view()]))
    data = {name: use_cases.as_csv(use_cases.rows(30, prefix=name)) for name in ("old", "young")}
    done = world.onboard_all(
        {
            "old": (PLACE[0], "old.csv", data["old"] + b"bad,M1,-5,red,2025-01-01,2025-01-01,1\n"),
            "bad": (PLACE[0], "bad.csv", b"other,columns\n1,2\n"),
        }
    )
    done["young"] = world.onboard(PLACE[0], "young.csv", data["young"])
    for name in ("old", "bad"):
        _age(world, done[name], 31)
    return done


@pytest.fixture(scope="module")
def before(world: World, arrivals: dict[str, Arrival]) -> SnapshotHead:
    found = world.catalog.latest(*PLACE)
    assert found is not None
    return found


def test_a_scientist_reads_a_snapshot_as_it_was_and_compares_two(
    world: World, before: SnapshotHead, tmp_path: Path
) -> None:
    reader = _reader(world.dana)
    with reader.opened(before, tmp_path) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT arrival) FROM readings").fetchall() == [
            (60, 2)
        ]
    assert reader.verify(before).intact
    assert all(len(part.version) > 8 and part.sha256 for part in world.catalog.snapshots.parts(before))
    older = reader.find(*PLACE, before.parent or "")
    found = Comparer(Catalog(world.dana.items("catalog")), world.dana.lake).diff(
        older, before, tmp_path / "d"
    )
    assert found.rows is not None
    assert (found.rows.added, found.objects.unchanged) == (30, 1)
    assert found.distribution


def test_a_hold_stops_retention_until_an_approver_releases_it(
    world: World, arrivals: dict[str, Arrival], before: SnapshotHead
) -> None:
    world.dana.call("hold_dataset", HOLD)
    assert due(world.catalog, *PLACE, at=datetime.now(UTC).isoformat()).count == 2
    assert world.run("retention", {})["status"] == "SUCCEEDED"
    assert world.catalog.latest(*PLACE) == before
    with pytest.raises(NotPermitted):
        world.dana.call("release_dataset", {**HOLD, "reason": "settled"})
    assert world.priya.call("release_dataset", {**HOLD, "reason": "settled"})["released_by"] == "priya"


def test_what_is_due_is_removed_with_all_versions_and_the_evidence_stays(
    world: World, arrivals: dict[str, Arrival], before: SnapshotHead, tmp_path: Path
) -> None:
    assert _keys(world, arrivals["old"]) and _keys(world, arrivals["bad"])
    done = world.run("retention", {})
    assert done["status"] == "SUCCEEDED", world.inbox.told("retention failed")["Message"]
    assert _keys(world, arrivals["old"]) == _keys(world, arrivals["bad"]) == []
    assert _keys(world, arrivals["young"])
    head = world.catalog.latest(*PLACE)
    assert head is not None
    assert (head.rows, head.arrival_count) == (30, 1)
    reader = _reader(world.dana)
    with pytest.raises(RemovedData, match="retention_days 30"):
        reader.fetch(before, tmp_path)
    assert len(reader.fetch(head, tmp_path)) == 1
    report = world.report(arrivals["old"])
    assert report["rows_quarantined"] == 1
    assert "examples" not in str(report) and "bad" not in str(report["rules"])
    kept = world.catalog.arrival(*PLACE, arrivals["old"].id)
    assert kept.removed_at and kept.rows_in == 31
    told = [one for one in world.actions(PLACE[0]) if one in {"hold placed", "hold released", "data removed"}]
    assert told == ["hold placed", "hold released", "data removed", "data removed"]
    partitions = world.aws("glue").get_partitions(DatabaseName="penstock_dev", TableName="keeping__readings")[
        "Partitions"
    ]
    assert [one["Values"] for one in partitions] == [[arrivals["young"].id]]


def test_features_are_made_again_without_what_was_removed(world: World) -> None:
    head = world.catalog.latest(*PLACE)
    assert head is not None
    run = world.ended_run("features", head.id)
    assert run["status"] == "SUCCEEDED"
    assert "Purge" in world.entered(run["executionArn"])
    every = world.engineer.lake.versions(f"features/{PLACE[0]}/")
    assert {Path(one.key).stem for one in every if not one.key.endswith("/")} == {head.id}


def test_a_second_run_finds_nothing_to_do(world: World) -> None:
    before = world.catalog.latest(*PLACE)
    assert world.entered(world.run("retention", {})["executionArn"]) == ["Plan", "Datasets", "Completed"]
    assert world.catalog.latest(*PLACE) == before
