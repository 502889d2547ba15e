"""Feature views of a deployed platform: materialised as rows come, read online, filled again, erased."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Arrival
from penstock.errors import NotFound, NotPermitted
from penstock.features import DynamoEntities, OnlineStore, layouts, materialise, offline_rows, reconcile
from penstock.features.manifests import read_feature_manifest
from penstock.features.materialisations import Materialisation, Materialisations, ViewPlace
from penstock.platform import Platform
from penstock.specs import UseCase
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.world import World, eventually

NAME = "metered"
PLACE = ViewPlace(NAME, "meter_history", 1)
FILES = [use_cases.rows(60, seed=1, prefix="A"), use_cases.rows(40, seed=2, prefix="B")]


def view() -> dict[str, Any]:
    features = [
        {"name": "mean_amount", "aggregate": "mean", "of": "amount"},
        {"name": "recent_readings", "aggregate": "count", "window": "60 days"},
        {"name": "last_colour", "aggregate": "latest", "of": "colour"},
    ]
    return {**use_cases.view(), "features": features}


def materialisations(world: World) -> Materialisations:
    return Materialisations(world.engineer.items("features"))


def done(world: World, snapshot: str, *, kind: str = "refresh") -> Materialisation:
    """Wait until a view is materialised as of a snapshot."""
    known = materialisations(world)

    def there() -> Materialisation | None:
        found = known.newest(PLACE)
        return found if found and (found.snapshot_id, found.kind) == (snapshot, kind) else None

    return eventually(there, f"the {kind} of {NAME} for {snapshot}")


def fetch(world: World, prefix: str, folder: Path) -> list[Path]:
    """Download objects of the lake."""
    keys = [key for key in world.engineer.lake.keys(prefix) if key.endswith(".parquet")]
    for key in keys:
        world.engineer.lake.download(key, folder / key)
    return [folder / key for key in keys]


def stored(world: World, one: Materialisation, folder: Path) -> list[tuple[Any, ...]]:
    """Return the rows that the manifest of a write is."""
    import duckdb

    manifest, lake = read_feature_manifest(world.engineer.lake, PLACE, one.id), world.engineer.lake
    for file in manifest.files:
        lake.download(file.key, folder / file.key)
    output = folder / "rows.parquet"
    files = [folder / file.key for file in manifest.files]
    offline_rows(use_case(world).features[0], files, output=output)
    return duckdb.read_parquet(str(output)).fetchall()


def computed(world: World, folder: Path) -> list[tuple[Any, ...]]:
    """Return the rows that a computation from nothing makes of all curated files."""
    import duckdb

    own = use_case(world).features[0]
    made = materialise(own, fetch(world, f"curated/{NAME}/readings/", folder), folder / "full")
    offline_rows(own, made.path, output=folder / "full.parquet")
    return duckdb.read_parquet(str(folder / "full.parquet")).fetchall()


def use_case(world: World) -> UseCase:
    return world.catalog.use_case(NAME)


def online(world: World, platform: Platform | None = None) -> OnlineStore:
    who = platform or world.dana
    return OnlineStore(DynamoEntities(who.session.client("dynamodb"), who.tables["online"]))


@pytest.fixture(scope="module")
def first(world: World) -> Arrival:
    never = use_cases.model(train_after_arrivals=use_cases.NEVER)
    world.register(use_cases.document(NAME, features=[view()], model=never))
    return world.onboard(NAME, "first.csv", use_cases.as_csv(FILES[0]))


@pytest.fixture(scope="module")
def second(world: World, first: Arrival) -> Arrival:
    done(world, str(first.snapshot_id))
    return world.onboard(NAME, "second.csv", use_cases.as_csv(FILES[1]))


def test_features_are_ready_after_an_arrival(world: World, first: Arrival, tmp_path: Path) -> None:
    found = done(world, str(first.snapshot_id))
    assert (found.rows, found.entities) == (60, 20)
    assert stored(world, found, tmp_path) == computed(world, tmp_path)
    run = world.ended_run("features", str(first.snapshot_id))
    assert world.entered(run["executionArn"])[-1] == "Materialised"
    table = f"{NAME}__features__meter_history_v1"
    parts = world.aws("glue").get_partitions(DatabaseName="penstock_dev", TableName=table)["Partitions"]
    assert ["2025", "01"] in [one["Values"] for one in parts]


def test_a_second_arrival_adds_what_a_full_computation_would(
    world: World, first: Arrival, second: Arrival, tmp_path: Path
) -> None:
    before, found = (
        done(world, str(second.snapshot_id)),
        materialisations(world).find(PLACE, str(first.snapshot_id)),
    )
    assert stored(world, before, tmp_path / "new") == computed(world, tmp_path)
    assert before.base == found.id
    assert len(stored(world, found, tmp_path / "old")) == 60


def test_the_online_store_is_what_the_offline_store_is(world: World, second: Arrival, tmp_path: Path) -> None:
    pq: Any = import_module("pyarrow.parquet")
    stored(world, done(world, str(second.snapshot_id)), tmp_path)
    (layout,) = layouts(use_case(world))
    found = reconcile(online(world), NAME, layout, pq.read_table(tmp_path / "rows.parquet"))
    assert found.agrees
    assert found.counts["same"] == 20


def test_a_backfill_runs_its_parts_as_executions_of_their_own(
    world: World, second: Arrival, tmp_path: Path
) -> None:
    before = done(world, str(second.snapshot_id))
    rows = stored(world, before, tmp_path / "before")
    asked = {
        "use_case": NAME,
        "view": PLACE.view,
        "since": "2025-02-01",
        "until": "2025-05-01",
        "reason": "repair",
    }
    answer = world.dana.call("request_features", asked)
    ended = world.ended(answer["execution_arn"])
    assert ended["status"] == "SUCCEEDED", ended
    (run,) = world.aws("stepfunctions").list_map_runs(executionArn=answer["execution_arn"])["mapRuns"]
    counts = world.aws("stepfunctions").describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
    assert (counts["total"], counts["succeeded"]) == (3, 3)
    after = done(world, str(second.snapshot_id), kind="backfill")
    assert stored(world, after, tmp_path / "after") == rows
    assert "features asked" in world.actions(NAME)


def test_a_view_with_a_schedule_is_materialised_at_its_times_and_when_asked(world: World) -> None:
    name, scheduler = "timed", world.aws("scheduler")
    never = use_cases.model(train_after_arrivals=use_cases.NEVER)
    timed = {**view(), "refresh": {"kind": "schedule", "expression": "cron(0 6 * * ? *)"}}
    world.register(use_cases.document(name, features=[timed], model=never))
    arrival = world.onboard(name, "first.csv", use_cases.as_csv(FILES[1]))
    run = world.ended_run("features", str(arrival.snapshot_id))
    assert world.entered(run["executionArn"])[-1] == "NothingToDo"

    def there() -> list[Any]:
        listed: list[Any] = scheduler.list_schedules(GroupName="penstock-dev")["Schedules"]
        return [one for one in listed if one["Name"].startswith(f"{name}.view.")]

    (found,) = eventually(there, "the schedule of the view")
    target = scheduler.get_schedule(GroupName="penstock-dev", Name=found["Name"])["Target"]
    assert target["Arn"] == world.engineer.workflows["features"]
    asked = json.loads(target["Input"])
    assert asked["detail"] == {"use_case": name, "dataset": "readings", "views": ["meter_history"]}
    assert world.run("features", asked)["status"] == "SUCCEEDED"
    assert materialisations(world).newest(ViewPlace(name, "meter_history", 1)) is not None


def test_a_backfill_that_cannot_be_ends_told(world: World, second: Arrival) -> None:
    asked = {"use_case": NAME, "view": "none", "since": "2025-01-01", "until": "2025-02-01"}
    with pytest.raises(NotFound, match="view"):
        world.dana.call("request_features", asked)
    failed = world.run("backfill", asked)
    assert (failed["status"], failed["error"]) == ("FAILED", "BackfillFailed")
    assert world.inbox.told("backfill failed", "There is no such view")


def test_an_erasure_that_nobody_asked_for_ends_told(world: World) -> None:
    failed = world.run("erasure", {"use_case": NAME, "id": "unknown"})
    assert (failed["status"], failed["error"]) == ("FAILED", "ErasureFailed")
    assert world.inbox.told("erasure failed", "no such object")


def test_a_killed_job_is_recorded_and_a_repeat_resumes(world: World, second: Arrival, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(world.kill_job, "features-")
        arrival = world.onboard(
            NAME, "killed.csv", use_cases.as_csv(use_cases.rows(3_000, seed=4, prefix="K"))
        )
        killing.result()
    snapshot = str(arrival.snapshot_id)
    run = world.ended_run("features", snapshot)
    assert run["status"] == "FAILED"
    assert world.inbox.told("features failed")
    assert materialisations(world).newest(PLACE).snapshot_id != snapshot  # type: ignore[union-attr]
    assert world.run("features", json.loads(run["input"]))["status"] == "SUCCEEDED"
    assert stored(world, done(world, snapshot), tmp_path) == computed(world, tmp_path)


def test_an_entity_is_erased_everywhere_and_stays_so(world: World, second: Arrival, tmp_path: Path) -> None:
    asked = {"use_case": NAME, "entity": "meter", "key": "M3", "reason": "request 17"}
    with pytest.raises(NotPermitted):
        world.dana.call("erase_entity", asked)
    hold = {"use_case": NAME, "dataset": "readings", "reason": "lawsuit"}
    world.dana.call("hold_dataset", hold)
    with pytest.raises(NotPermitted, match="lawsuit"):
        world.priya.call("erase_entity", asked)
    world.priya.call("release_dataset", hold)
    answer = world.priya.call("erase_entity", asked)
    ended = world.ended(answer["execution_arn"])
    assert ended["status"] == "SUCCEEDED", world.inbox.told("erasure failed")
    assert '"M3"' not in ended["input"]
    certificate = json.loads(world.priya.lake.read(f"erasures/{NAME}/{answer['id']}.json"))
    (removed,) = certificate["views"]
    writes = len(list(materialisations(world).every(PLACE)))
    assert (certificate["online"], removed["rows"] > 0, removed["manifests"]) == (True, True, writes)
    keys = [row[0] for path in fetch(world, f"{PLACE.prefix}/data/", tmp_path) for row in read(path, "meter")]
    assert keys
    assert "M3" not in keys
    versions = [one for one in world.engineer.lake.versions(f"{PLACE.prefix}/data/") if not one.latest]
    assert versions == []
    assert online(world).read(NAME, layouts(use_case(world)), ["M3"]).rows()[0]["mean_amount"] is None
    told = [record for record in world.audit.records(NAME) if record.action == "entity erased"]
    assert len(told) == 1
    assert "M3" not in str(told[0])
    third = world.onboard(NAME, "third.csv", use_cases.as_csv(use_cases.rows(20, seed=3, prefix="C")))
    newest = done(world, str(third.snapshot_id))
    assert "M3" not in {row[0] for row in stored(world, newest, tmp_path / "newest")}
    assert newest.entities == 19


def read(path: Path, column: str) -> list[tuple[Any, ...]]:
    import duckdb

    return duckdb.read_parquet(str(path)).select(column).fetchall()
