"""Data go when their time is over, all of them; the evidence stays; a hold stops it; a crash is taken up."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Arrival, Catalog, Evidence, Failure, LandedObject, SnapshotHead
from penstock.catalog.evidence import measure_part
from penstock.catalog.reading import SnapshotReader
from penstock.catalog.retention import Retention, due
from penstock.catalog.stripping import strip_values
from penstock.catalog.tables import MemoryTables
from penstock.errors import InvalidSpec, NotFound, NotPermitted, RemovedData
from penstock.governance import AuditTrail
from penstock.specs import Contract, UseCase
from penstock.stores import FolderObjects, MemoryItems

PLACE = ("demo", "invoices")
START, LATER, MUCH_LATER = "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z"
SECRET = b"ann@example.org"


def use_case(days: int = 30, *datasets: str) -> UseCase:
    contract = {
        "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l", "classification": "internal",
        "columns": [{"name": "id", "type": "string"}, {"name": "day", "type": "date"},
                    {"name": "late", "type": "integer"}],
        "retention_days": days,
    }  # fmt: skip
    model = {
        "dataset": "invoices", "target": {"column": "late", "above": 0}, "timestamp": "day",
        "features": ["id"], "split": {"column": "id"},
        "candidates": [{"name": "linear", "algorithm": "logistic_regression"}],
    }  # fmt: skip
    names = datasets or ("invoices",)
    return UseCase.model_validate(
        {
            "name": "demo", "title": "d", "owner": "o", "risk": {"impact": "financial"}, "model": model,
            "datasets": [{"dataset": name, **contract} for name in names],
        }
    )  # fmt: skip


class Failing(FolderObjects):
    """A store whose n-th call breaks off."""

    left = -1

    def _tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise TimeoutError

    def versions(self, prefix: str) -> Iterator[Any]:
        self._tick()
        return super().versions(prefix)

    def erase(self, versions: Any) -> int:
        self._tick()
        return super().erase(versions)

    def write(self, key: str, data: bytes, **options: Any) -> None:
        self._tick()
        super().write(key, data, **options)


class World:
    """A dataset with arrivals of every kind."""

    def __init__(self, folder: Path) -> None:
        self.time, self.folder = START, folder
        self.items = MemoryItems()
        self.catalog, self.audit = Catalog(self.items), AuditTrail(MemoryItems())
        self.landing, self.lake = Failing(folder / "landing"), Failing(folder / "lake")
        self.tables = MemoryTables()
        self.steps = self.retention()
        self.catalog.register(use_case(), by="dana", at=START)

    def retention(self, **options: int) -> Retention:
        return Retention(
            self.catalog, self.audit, self.landing, self.lake, self.tables, lambda: self.time, **options
        )

    def received(self, name: str, at: str = START, file: str = "") -> Arrival:
        file = file or f"{name}.csv"
        key = f"demo/invoices/{file}"
        self.landing.write(key, SECRET + name.encode())
        landed = LandedObject(bucket="landing", key=key, version=self.landing.head(key).version, size=1)
        facts = {"received_at": at, "updated_at": at, "file_name": file, "object": landed}
        return self.catalog.begin(Arrival(id=name, use_case=PLACE[0], dataset=PLACE[1], **facts))

    def accepted(self, name: str, at: str = START, file: str = "") -> None:
        self.received(name, at, file)
        key = f"curated/demo/invoices/arrival={name}/part-00000.parquet"
        self.lake.write(key, b"first try " + SECRET)
        self.lake.write(key, SECRET + name.encode())
        self.lake.write(f"quarantine/demo/invoices/arrival={name}/rows.parquet", SECRET)
        report = {"rows_in": 2, "rules": [{"check": "unique", "broken": 1, "examples": [SECRET.decode()]}]}
        self.lake.write(f"reports/demo/invoices/{name}/report.json", json.dumps(report).encode())
        self.lake.write(f"reports/demo/invoices/{name}/report.html", SECRET)
        rows = {"rows_in": 2, "rows_curated": 1, "rows_quarantined": 1}
        self.catalog.accept(*PLACE, name, rows=rows, report_key="r", at=at)
        part = measure_part(self.lake, key, rows=1)
        self.catalog.commit(
            *PLACE, name, parts=[part], columns=[{"name": "id", "type": "string"}], at=at,
            evidence=Evidence(report=f"reports/demo/invoices/{name}/report.json"),
        )  # fmt: skip
        self.tables.add_partition(*PLACE, columns=[], arrival_id=name)

    def refused(self, name: str, at: str = START) -> None:
        self.received(name, at)
        self.lake.write(f"refused/demo/invoices/{name}/{name}.csv", SECRET)
        self.catalog.refuse(*PLACE, name, error=Failure(name="EmptyFile", message="m"), at=at)

    def run(self, steps: Retention | None = None) -> dict[str, Any]:
        steps = steps or self.steps
        work: dict[str, Any] = {}
        for work in steps.plan({})["datasets"]:
            while (work := steps.remove(work))["route"] == "again":
                pass
        return work

    def data(self) -> set[str]:
        """Keys of all versions that still hold the secret."""
        every = [(store, one) for store in (self.landing, self.lake) for one in store.versions("")]
        holds = {
            one.key
            for store, one in every
            if not one.marker and SECRET in store.read(one.key, version=one.version)
        }
        return {key for key in holds if not key.startswith("snapshots/")}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_is_due_goes_with_all_its_versions_and_what_is_not_stays(world: World) -> None:
    world.accepted("old")
    world.refused("bad")
    world.accepted("young", at=LATER)
    world.landing.mark_deleted("demo/invoices/old.csv")
    before = world.catalog.latest(*PLACE)
    world.time = LATER
    done = world.run()
    assert (done["route"], done["removed"], done["left"]) == ("changed", 2, 0)
    assert all("young" in key for key in world.data())
    assert not list(world.landing.versions("demo/invoices/old.csv"))
    head = world.catalog.head(*PLACE)
    assert head is not None
    assert head.arrivals == ("young",)
    assert done["snapshot_id"] == head.id
    assert world.tables.partitions == {"demo__invoices": ["young"]}
    assert before is not None
    reader = SnapshotReader(world.catalog.snapshots, world.lake)
    with pytest.raises(RemovedData, match="retention_days 30 of contract version 1"):
        reader.parts(before)
    assert world.run() == {}


def test_the_evidence_stays(world: World) -> None:
    world.accepted("old")
    first = world.catalog.latest(*PLACE)
    world.time = LATER
    world.run()
    assert first is not None
    assert world.catalog.snapshot(first.id).parts[0].sha256
    arrival = world.catalog.arrival(*PLACE, "old")
    assert (arrival.removed_at, arrival.rows_in) == (LATER, 2)
    report = json.loads(world.lake.read("reports/demo/invoices/old/report.json"))
    assert report == {"rows_in": 2, "rules": [{"check": "unique", "broken": 1}]}
    assert list(world.lake.keys("reports/")) == ["reports/demo/invoices/old/report.json"]
    head = world.catalog.latest(*PLACE)
    assert head is not None
    assert (
        json.loads(world.lake.read(f"snapshots/demo/invoices/{head.id}.json"))["removal"]["by"] == "retention"
    )
    [record] = [one for one in world.audit.records("demo") if one.action == "data removed"]
    assert record.details["rule"] == "retention_days 30 of contract version 1"
    assert record.details["rows_curated"] == 1


def test_a_file_that_landed_again_under_its_name_keeps_its_own_version(world: World) -> None:
    world.accepted("old", file="daily.csv")
    world.accepted("young", at=LATER, file="daily.csv")
    world.time = LATER
    world.run()
    [left] = world.landing.versions("demo/invoices/daily.csv")
    assert left.version == world.catalog.arrival(*PLACE, "young").object.version


def test_a_preview_removes_nothing(world: World) -> None:
    for name in ("b", "a"):
        world.accepted(name)
    world.accepted("young", at=LATER)
    found = due(world.catalog, *PLACE, at=LATER, limit=1)
    assert (found.count, [one.arrival_id for one in found.arrivals]) == (2, ["a"])
    assert found.arrivals[0].due_at == "2026-01-31T00:00:00.000Z"
    assert due(world.catalog, *PLACE, at="2026-01-30T23:59:59.999Z").count == 0
    assert len(world.data()) > 9


def test_a_run_is_bounded_and_the_next_goes_on(world: World) -> None:
    for name in "abcdefg":
        world.accepted(name)
    world.time = LATER
    steps = world.retention(at_once=2, rounds=2)
    done = world.run(steps)
    assert (done["removed"], done["left"], done["route"]) == (4, 3, "changed")
    assert world.run(steps)["left"] == 0
    assert world.data() == set()


@pytest.mark.parametrize("store", ["lake", "landing"])
def test_a_run_that_breaks_off_anywhere_is_taken_up(tmp_path: Path, store: str) -> None:
    for fail_at in range(1, 60):
        world = World(tmp_path / f"{store}{fail_at}")
        world.accepted("old")
        world.time = LATER
        getattr(world, store).left = fail_at
        try:
            world.run()
        except TimeoutError:
            broke_off = True
        else:
            broke_off = False
        getattr(world, store).left = -1
        world.run()
        assert world.data() == set()
        assert [one.action for one in world.audit.records("demo")].count("data removed") == 1
        assert all(one.removed_at for one in world.catalog.arrivals(*PLACE))
        head = world.catalog.latest(*PLACE)
        assert head is not None
        assert (head.sequence, head.part_count) == (2, 0)
        if not broke_off:
            return
    raise AssertionError("it never got through")


def test_a_repeated_call_still_tells_that_the_dataset_changed(world: World) -> None:
    world.accepted("old")
    world.time = LATER
    [work] = world.steps.plan({})["datasets"]
    assert world.steps.remove(work)["route"] == "changed"
    assert world.steps.remove(work)["route"] == "changed"


def test_a_hold_stops_it_until_an_approver_releases_it(world: World) -> None:
    world.accepted("old")
    world.time = LATER
    payload = {"use_case": "demo", "dataset": "invoices", "reason": "lawsuit 12"}
    held = world.steps.hold(payload, "dana")
    assert world.steps.hold(payload, "dana") == held
    assert world.steps.plan({}) == {"datasets": [], "held": ["demo/invoices"]}
    assert due(world.catalog, *PLACE, at=LATER).holds[0].reason == "lawsuit 12"
    with pytest.raises(NotPermitted, match="approver"):
        world.steps.release(payload, "dana", is_approver=False)
    assert "old" in "".join(world.data())
    world.steps.release({**payload, "reason": "settled"}, "priya", is_approver=True)
    assert world.run()["removed"] == 1
    actions = [(one.action, one.actor) for one in world.audit.records("demo")]
    assert actions == [
        ("hold placed", "dana"), ("hold placed", "dana"), ("release refused", "dana"),
        ("hold released", "priya"), ("data removed", "retention"),
    ]  # fmt: skip


def test_a_hold_that_comes_while_it_runs_stops_it_before_the_next_arrival(world: World) -> None:
    for name in "ab":
        world.accepted(name)
    world.time = LATER
    [work] = world.steps.plan({})["datasets"]
    world.catalog.holds.place(*PLACE, reason="lawsuit", by="dana", at=LATER)
    done = world.steps.remove(work)
    assert (done["removed"], done["left"], done["route"]) == (0, 2, "done")
    assert world.catalog.latest(*PLACE).arrival_count == 2  # type: ignore[union-attr]


def test_two_holds_are_released_one_by_one(world: World) -> None:
    payload = {"use_case": "demo", "dataset": "invoices"}
    first = world.steps.hold({**payload, "reason": "one"}, "dana")
    world.steps.hold({**payload, "reason": "two"}, "dana")
    with pytest.raises(NotFound, match="say which"):
        world.steps.release({**payload, "reason": "settled"}, "priya", is_approver=True)
    world.steps.release({**payload, "reason": "settled", "hold": first["id"]}, "priya", is_approver=True)
    assert [hold.reason for hold in world.catalog.holds.active(*PLACE)] == ["two"]
    with pytest.raises(InvalidSpec, match="reason"):
        world.steps.hold({**payload, "reason": " "}, "dana")
    with pytest.raises(NotFound):
        world.steps.hold({"use_case": "demo", "dataset": "unknown", "reason": "x"}, "dana")


def test_a_dataset_that_no_use_case_declares_any_more_is_looked_after_still(world: World) -> None:
    world.catalog.register(use_case(30, "invoices", "orders"), by="dana", at=START)
    world.catalog.register(use_case(30), by="dana", at=START)
    assert list(world.catalog.known()) == [("demo", "invoices"), ("demo", "orders")]
    assert due(world.catalog, "demo", "orders", at=LATER).count == 0


def test_a_replay_is_judged_by_when_its_file_landed(world: World) -> None:
    world.received("old")
    replay = world.catalog.arrival(*PLACE, "old").model_copy(
        update={"id": "replay", "landed_at": START, "received_at": MUCH_LATER}
    )
    world.catalog.begin(replay)
    assert due(world.catalog, *PLACE, at=LATER).count == 2


def test_the_current_table_of_change_data_is_made_again_before_the_old_one_goes(world: World) -> None:
    document = use_case().model_dump(mode="json")
    document["datasets"][0] |= {"changes": {"operation": "id", "order_by": "day"}}
    document["datasets"][0]["columns"][2]["key"] = True
    world.catalog.register(UseCase.model_validate(document), by="dana", at=START)
    pending = world.catalog.contracts.pending(*PLACE)
    if pending:
        world.catalog.contracts.decide(*PLACE, "approve", by="priya", reason="r", at=START)
    world.accepted("old")
    world.accepted("young", at=LATER)
    for name in ("snapshot=before/part-00000.parquet", "state/before.parquet"):
        world.lake.write(f"current/demo/invoices/{name}", SECRET)
    made: list[str] = []

    def renew(head: SnapshotHead, contract: Contract) -> None:
        assert list(world.lake.keys("curated/demo/invoices/arrival=old/"))
        world.lake.write(f"current/demo/invoices/snapshot={head.id}/part-00000.parquet", b"new")
        made.append(head.id)

    world.time = LATER
    world.run(replace(world.steps, renew=renew))
    latest = world.catalog.latest(*PLACE)
    assert latest is not None
    assert made == [latest.id]
    assert list(world.lake.keys("current/")) == [
        f"current/demo/invoices/snapshot={latest.id}/part-00000.parquet"
    ]
    assert all("young" in key for key in world.data())


def test_the_files_of_an_export_go_with_its_manifest_but_not_those_of_a_later_one(world: World) -> None:
    document = use_case().model_dump(mode="json")
    document["datasets"][0]["format"] = {"manifest": True}
    world.catalog.register(UseCase.model_validate(document), by="dana", at=START)
    for pending in filter(None, [world.catalog.contracts.pending(*PLACE)]):
        world.catalog.contracts.decide(*PLACE, "approve", by="priya", reason=pending.digest, at=START)
    world.accepted("old", file="manifest.json")
    key = "demo/invoices/part-1.csv"
    for age in ("2025-12-31T23:59:59+00:00", "2026-01-15T00:00:00+00:00"):
        world.landing.write(key, SECRET)
        version = world.landing.head(key).version
        moment = datetime.fromisoformat(age).timestamp()
        os.utime(next(world.folder.rglob(version)), (moment, moment))
    world.time = LATER
    world.run(replace(world.steps, listed=lambda *_: [key]))
    assert [one.modified for one in world.landing.versions(key)] == ["2026-01-15T00:00:00Z"]


def test_nothing_unknown_of_a_report_survives() -> None:
    document = {
        "rows": 3,
        "new_field": "ann",
        "deep": [{"values": [1, 2], "name": "mail", "mean": 4.2, "nulls": 1}],
    }
    assert strip_values(document) == {"rows": 3, "deep": [{"name": "mail", "nulls": 1}]}
