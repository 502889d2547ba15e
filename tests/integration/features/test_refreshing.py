"""The features job: in parts, again, after a crash or out of turn, it makes what a full computation does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from penstock.features import Layout, MemoryEntities, OnlineStore, offline_rows
from penstock.features.backfilling import parts
from penstock.features.erased import key_hash
from penstock.features.latest import LatestRows
from penstock.features.manifests import read_feature_manifest
from penstock.features.materialisations import ViewPlace, Writing
from penstock.features.offline import FeatureManifest, definition_digest
from penstock.features.refreshing import Latest, Refreshing
from penstock.features.work import FeatureWork, ViewWork
from penstock.specs import FeatureView
from penstock.stores import FolderObjects

VIEW = FeatureView.model_validate({
    "name": "history", "entity": {"name": "customer", "key": "customer"}, "dataset": "payments",
    "timestamp": "day", "time_to_live_days": 4000,
    "features": [{"name": "payments", "aggregate": "count"},
                 {"name": "average", "aggregate": "mean", "of": "amount"},
                 {"name": "lately", "aggregate": "sum", "of": "amount", "window": "20 days"}],
})  # fmt: skip
TYPES: Any = {"payments": "integer", "average": "decimal", "lately": "decimal"}
COLUMNS: Any = {"customer": "string", "day": "date", "amount": "decimal"}
PLACE = ViewPlace("demo", "history", 1)
SECRET = b"a secret of the tests"
Row = tuple[str, int, float]


class Lake:
    """A lake with arrivals, an online store, and jobs that write to both."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.objects, self.entities = folder, FolderObjects(folder / "lake"), MemoryEntities()
        self.arrivals: dict[str, list[Row]] = {}
        self.sequence, self.last = 0, ""

    def work(self, snapshot: str, *, base: str = "", **more: Any) -> FeatureWork:
        self.sequence += 1
        erased = more.pop("erased", {})
        at = (datetime(2026, 1, 1) + timedelta(minutes=self.sequence)).isoformat() + ".000Z"
        writing = Writing(id=snapshot, snapshot_id=more.pop("of", snapshot), sequence=self.sequence,
                          base=base or None, write_time=at, definition=definition_digest(VIEW))  # fmt: skip
        view = ViewWork(view=VIEW, types=TYPES, writing=writing, **more)
        return FeatureWork(use_case="demo", dataset="payments", columns=COLUMNS, views=(view,), erased=erased)

    def job(self, name: str, online: Any = None) -> Refreshing:
        """Return a job with the data and the known files mounted, as SageMaker does it."""
        home = self.folder / name
        for arrival, rows in self.arrivals.items():
            write(home / "data" / "curated" / f"arrival={arrival}" / "part-00000.parquet", rows)
        for key in self.objects.keys(f"{PLACE.prefix}/data/"):
            self.objects.download(key, home / "known" / key)
        writer = online or LatestRows(OnlineStore(self.entities))
        return Refreshing(lake=self.objects, online=writer, data=home / "data", known=home / "known",
                          scratch=home / "scratch", hash_key=SECRET)  # fmt: skip

    def run(self, snapshot: str, *, base: str = "", job: str = "", **more: Any) -> FeatureManifest:
        work = self.work(snapshot, base=base, **more)
        self.job(job or snapshot).run(work)
        return self.manifest(snapshot)

    def manifest(self, identifier: str) -> FeatureManifest:
        return read_feature_manifest(self.objects, PLACE, identifier)

    def rows(self, identifier: str) -> list[tuple[Any, ...]]:
        """Return the rows that a manifest is."""
        files = [self.folder / "lake" / file.key for file in self.manifest(identifier).files]
        output = self.folder / "rows.parquet"
        offline_rows(VIEW, files, output=output)
        return duckdb.read_parquet(str(output)).fetchall()

    def online(self, *keys: str) -> list[dict[str, Any]]:
        store = OnlineStore(self.entities)
        return store.read("demo", [Layout.of(VIEW, TYPES)], keys, at=datetime(2026, 2, 1)).rows()


def write(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = ", ".join(f"('{who}', DATE '2025-01-01' + {day}, {amount}::DOUBLE)" for who, day, amount in rows)
    query = f"SELECT * FROM (VALUES {values}) AS t(customer, day, amount)"
    duckdb.connect().sql(query).write_parquet(str(path))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    found = Lake(tmp_path)
    found.arrivals["a"] = [("C1", 0, 10.0), ("C1", 40, 20.0), ("C2", 3, 5.0)]
    return found


def full(lake: Lake, tmp_path: Path) -> list[tuple[Any, ...]]:
    """Return the rows that a computation from nothing makes."""
    other = Lake(tmp_path / "full")
    other.arrivals = dict(lake.arrivals)
    other.run("all")
    return other.rows("all")


def test_the_offline_store_the_online_store_and_the_manifest_are_written(lake: Lake) -> None:
    manifest = lake.run("s1")
    assert (manifest.rows, manifest.entities, manifest.snapshot_id) == (3, 2, "s1")
    assert [file.key.removeprefix(f"{PLACE.prefix}/data/") for file in manifest.files] == [
        "year=2025/month=01/s1.parquet", "year=2025/month=02/s1.parquet",
    ]  # fmt: skip
    assert lake.online("C1", "C3") == [
        {"payments": 2, "average": 15.0, "lately": 20.0},
        {"payments": None, "average": None, "lately": None},
    ]


def test_an_increment_is_what_a_full_computation_would_be(lake: Lake, tmp_path: Path) -> None:
    first = lake.run("s1")
    lake.arrivals["b"] = [("C1", 41, 1.0), ("C1", 20, 7.0), ("C3", 9, 2.0)]
    second = lake.run("s2", base="s1", arrivals=("b",))
    assert lake.rows("s2") == full(lake, tmp_path)
    assert {file.key for file in first.files} < {file.key for file in second.files}
    assert (second.rows, second.entities) == (6, 3)
    assert [row["payments"] for row in lake.online("C1", "C2", "C3")] == [4, 1, 1]
    assert len(lake.rows("s1")) == 3


def test_a_repeat_changes_no_byte_and_nothing_online(lake: Lake) -> None:
    work = lake.work("s1")
    lake.job("one").run(work)
    before = {key: lake.objects.read(key) for key in lake.objects.keys("features/")}
    items = dict(lake.entities.items)
    lake.job("two").run(work)
    assert {key: lake.objects.read(key) for key in lake.objects.keys("features/")} == before
    assert lake.entities.items == items


def test_what_a_job_wrote_online_while_an_entity_was_erased_goes_again(lake: Lake) -> None:
    lake.run("s1")
    hashed = key_hash("C1", SECRET, entity="customer")
    lake.run("s2", erased={"customer": (hashed,)})
    assert [row["payments"] for row in lake.online("C1", "C2")] == [None, 1]


class Crash:
    """An online store that breaks off after the first entity."""

    def __init__(self, store: OnlineStore) -> None:
        self.store = store

    def write(self, use_case: str, views: Sequence[Latest], write_time: datetime) -> int:
        import pyarrow.parquet as pq

        (one,) = views
        table = pq.read_table(one.path).slice(0, 1)
        self.store.write(use_case, {Layout.of(one.view, one.types): table}, write_time=write_time)
        raise ConnectionError("the container was killed")


def test_a_crash_between_offline_and_online_does_no_harm(lake: Lake, tmp_path: Path) -> None:
    work = lake.work("s1")
    with pytest.raises(ConnectionError):
        lake.job("killed", online=Crash(OnlineStore(lake.entities))).run(work)
    assert list(lake.objects.keys(f"{PLACE.prefix}/data/"))
    assert not list(lake.objects.keys(f"{PLACE.prefix}/manifests/"))
    assert len(lake.entities.items) == 1
    lake.job("again").run(work)
    assert lake.rows("s1") == full(lake, tmp_path)
    assert [row["payments"] for row in lake.online("C1", "C2")] == [2, 1]


def test_a_late_run_of_an_older_snapshot_leaves_the_newer_one_alone(lake: Lake) -> None:
    older = lake.work("s1")
    job = lake.job("older")
    lake.arrivals["b"] = [("C2", 60, 1.0)]
    lake.run("s2")
    job.run(older)
    assert [row["payments"] for row in lake.online("C1", "C2")] == [2, 2]
    assert len(lake.rows("s2")) == 4
    assert len(lake.rows("s1")) == 3


def test_what_was_removed_from_the_dataset_is_in_no_file_and_not_online(lake: Lake) -> None:
    lake.arrivals["b"] = [("C3", 9, 2.0), ("C1", 50, 2.0)]
    lake.run("s1")
    del lake.arrivals["b"]
    manifest = lake.run("s2", base="s1", mode="renew")
    assert {Path(file.key).stem for file in manifest.files} == {"s2"}
    assert [row["payments"] for row in lake.online("C1", "C2", "C3")] == [2, 1, None]
    assert len(lake.rows("s2")) == 3


def test_a_dataset_of_which_nothing_is_left_has_no_features(lake: Lake) -> None:
    lake.run("s1")
    lake.arrivals.clear()
    manifest = lake.run("s2", base="s1", mode="renew")
    assert (manifest.rows, manifest.entities, manifest.files) == (0, 0, ())
    assert [row["payments"] for row in lake.online("C1", "C2")] == [None, None]


def test_an_erased_entity_stays_out(lake: Lake) -> None:
    hashed = key_hash("C1", SECRET, entity="customer")
    manifest = lake.run("s1", erased={"customer": (hashed,)})
    assert (manifest.rows, manifest.entities) == (1, 1)
    assert [row["payments"] for row in lake.online("C1", "C2")] == [None, 1]
    assert manifest.definition == definition_digest(VIEW)


@pytest.mark.parametrize("known", [False, True])
def test_a_backfill_in_parts_is_what_a_full_computation_is(lake: Lake, tmp_path: Path, known: bool) -> None:
    if known:
        lake.run("s1")
    base = "s1" if known else ""
    spans = parts(VIEW, "2024-12-20", "2025-03-01", whole=not known)
    close = lake.work("b1", base=base, of="s1", mode="close", parts=len(spans))
    for number, span in reversed(list(enumerate(spans))):
        part = close.views[0].model_copy(update={"mode": "part", **span._asdict(), "part": number})
        lake.job(f"part{number}").run(close.model_copy(update={"views": (part,)}))
    assert not list(lake.objects.keys(PLACE.manifest("b1")))
    lake.job("close").run(close)
    manifest = lake.manifest("b1")
    assert lake.rows("b1") == full(lake, tmp_path)
    assert (manifest.rows, manifest.entities, manifest.snapshot_id) == (3, 2, "s1")
    assert [row["payments"] for row in lake.online("C1", "C2")] == [2, 1]
    assert {Path(file.key).stem for file in manifest.files} == ({"s1"} if known else {"b1"})
