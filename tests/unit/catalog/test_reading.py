"""A snapshot is read back as it was, and what has become of it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from penstock.catalog import Removal, SnapshotHead
from penstock.catalog.evidence import measure_part, write_manifest, write_snapshot
from penstock.catalog.reading import SnapshotReader
from penstock.catalog.snapshots import Snapshots
from penstock.errors import DamagedData, NotFound, RemovedData
from penstock.stores import FolderObjects, MemoryItems

PLACE = ("demo", "invoices")
COLUMNS = ({"name": "id", "type": "string"}, {"name": "amount", "type": "decimal"})


class Lake:
    """A dataset in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.objects = folder, FolderObjects(folder / "lake")
        self.snapshots = Snapshots(MemoryItems())
        self.reader = SnapshotReader(self.snapshots, self.objects)

    def key(self, arrival: str) -> str:
        return f"curated/demo/invoices/arrival={arrival}/part-00000.parquet"

    def add(self, arrival: str, rows: str) -> SnapshotHead:
        file = self.folder / "new.parquet"
        duckdb.execute(f"COPY (SELECT * FROM (VALUES {rows}) v(id, amount)) TO '{file}' (FORMAT parquet)")
        self.objects.upload(file, self.key(arrival))
        part = measure_part(self.objects, self.key(arrival), rows=rows.count("("))
        made, _ = self.snapshots.append(
            *PLACE, arrival_id=arrival, parts=[part], columns=COLUMNS, at="2026-01-01"
        )
        return made

    def remove(self, *arrivals: str) -> Any:
        why = Removal(arrivals=arrivals, at="2027-01-02", by="retention", rule="retention_days 365")
        return self.snapshots.remove(*PLACE, why)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path)
    made.add("a", "('1', 1.5), ('2', 2.5)")
    made.add("b", "('3', 3.5)")
    return made


def test_a_snapshot_is_read_as_it_was_though_its_objects_were_overwritten(lake: Lake, tmp_path: Path) -> None:
    before = lake.reader.find(*PLACE)
    lake.objects.write(lake.key("a"), b"overwritten")
    lake.objects.mark_deleted(lake.key("b"))
    lake.add("c", "('4', 4.5)")
    with lake.reader.opened(before, tmp_path / "out") as connection:
        found = connection.execute("SELECT id, amount, arrival FROM invoices ORDER BY id").fetchall()
    assert [(one, float(amount), arrival) for one, amount, arrival in found] == [
        ("1", 1.5, "a"), ("2", 2.5, "a"), ("3", 3.5, "b"),
    ]  # fmt: skip


def test_an_older_snapshot_has_not_what_came_later(lake: Lake, tmp_path: Path) -> None:
    oldest = list(lake.snapshots.history(*PLACE))[-1]
    assert [file.parent.name for file in lake.reader.fetch(oldest, tmp_path / "out")] == ["arrival=a"]
    assert lake.reader.find(*PLACE, oldest.id[:6]) == oldest


def test_files_that_are_there_are_not_fetched_again(lake: Lake, tmp_path: Path) -> None:
    head = lake.reader.find(*PLACE)
    files = lake.reader.fetch(head, tmp_path / "out")
    files[1].write_bytes(b"broken meanwhile")
    first = files[0].stat().st_mtime_ns
    assert lake.reader.fetch(head, tmp_path / "out") == files
    assert files[0].stat().st_mtime_ns == first
    assert duckdb.execute(
        "SELECT count(*) FROM read_parquet(?)", [[str(file) for file in files]]
    ).fetchone() == (3,)


def test_a_version_with_other_bytes_is_refused_and_leaves_no_file(lake: Lake, tmp_path: Path) -> None:
    (lake.folder / "lake" / lake.key("a")).write_bytes(b"tampered")
    with pytest.raises(DamagedData, match="8 bytes"):
        lake.reader.fetch(lake.reader.find(*PLACE), tmp_path / "out")
    assert not list((tmp_path / "out" / "arrival=a").iterdir())


def test_a_version_that_is_gone_is_told(lake: Lake, tmp_path: Path) -> None:
    lake.objects.erase(lake.objects.versions(lake.key("a")))
    with pytest.raises(DamagedData, match="found: nothing"):
        lake.reader.fetch(lake.reader.find(*PLACE), tmp_path / "out")


def test_what_was_removed_is_named_with_date_and_rule(lake: Lake, tmp_path: Path) -> None:
    before = lake.reader.find(*PLACE)
    after = lake.remove("a")
    with pytest.raises(
        RemovedData, match=r"arrival a \(2 rows\) on 2027-01-02 by retention: retention_days 365"
    ):
        lake.reader.fetch(before, tmp_path / "out")
    assert [part.arrival_id for part in lake.reader.parts(before, partial=True)] == ["b"]
    assert [part.arrival_id for part in lake.reader.parts(after)] == ["b"]


def test_what_a_replay_replaced_can_still_be_read_in_older_snapshots(lake: Lake, tmp_path: Path) -> None:
    before = lake.reader.find(*PLACE)
    why = Removal(arrivals=("a",), at="2026-01-02", by="onboarding", rule="replaced", kept=True)
    after = lake.snapshots.remove(*PLACE, why)
    assert after is not None
    assert len(lake.reader.fetch(before, tmp_path / "before")) == 2
    assert len(lake.reader.fetch(after, tmp_path / "after")) == 1
    lake.remove("a")
    with pytest.raises(RemovedData):
        lake.reader.fetch(before, tmp_path / "before")


def test_an_intact_snapshot_verifies(lake: Lake) -> None:
    found = lake.reader.verify(lake.reader.find(*PLACE))
    assert (found.intact, found.checked, found.extra) == (True, 2, ())


def test_verification_tells_missing_changed_superseded_extra_and_removed_apart(lake: Lake) -> None:
    for arrival in "cdef":
        lake.add(arrival, f"('{arrival}', 1.0)")
    head = lake.reader.find(*PLACE)
    lake.objects.erase([lake.objects.head(lake.key("a"))])
    path = lake.folder / "lake" / lake.key("b")
    path.write_bytes(path.read_bytes()[::-1])
    lake.objects.write(lake.key("c"), b"newer")
    lake.objects.mark_deleted(lake.key("d"))
    lake.objects.write("curated/demo/invoices/arrival=e/stray.parquet", b"x")
    lake.objects.write("curated/demo/invoices/arrival=unknown/part-00000.parquet", b"being onboarded")
    lake.remove("f")
    found = lake.reader.verify(head)
    assert not found.intact
    assert found.missing == (lake.key("a"),)
    assert found.changed == (lake.key("b"),)
    assert found.superseded == (lake.key("c"), lake.key("d"))
    assert found.extra == ("curated/demo/invoices/arrival=e/stray.parquet",)
    assert found.removed == (lake.key("f"),)
    assert lake.reader.verify(head, hashes=False).changed == ()


def test_the_document_is_small_and_the_manifest_whole(lake: Lake) -> None:
    head = lake.reader.find(*PLACE)
    key = write_snapshot(lake.objects, head)
    assert SnapshotHead.model_validate_json(lake.objects.read(key)) == head
    uri = write_manifest(lake.objects, lake.snapshots, head)
    assert uri == write_manifest(lake.objects, lake.snapshots, head)
    manifest = json.loads(lake.objects.read(f"snapshots/demo/invoices/{head.id}.manifest"))
    assert manifest == [{"prefix": f"{lake.objects.uri}/"}, lake.key("a"), lake.key("b")]


def test_unknown_and_ambiguous_ids_are_told(lake: Lake) -> None:
    with pytest.raises(NotFound, match="no such snapshot"):
        lake.reader.find(*PLACE, "zzz")
    with pytest.raises(NotFound, match="no snapshot yet"):
        lake.reader.find("demo", "nothing")
