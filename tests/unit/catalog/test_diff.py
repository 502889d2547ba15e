"""Two snapshots are compared exactly: by key, as multisets, as a dictionary would; secrets are masked."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.catalog import Arrival, Catalog, Evidence, LandedObject, SnapshotHead
from penstock.catalog.diff import Comparer, first_rows
from penstock.catalog.diff_page import render
from penstock.catalog.distribution import drifts
from penstock.catalog.evidence import measure_part
from penstock.catalog.row_diff import compare_rows
from penstock.specs import UseCase
from penstock.stores import FolderObjects, MemoryItems
from tests.unit.catalog.test_retention import use_case

PLACE = ("demo", "invoices")
AT = "2026-01-01T00:00:00.000Z"


def write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def compared(
    tmp_path: Path, before: list[dict[str, Any]], after: list[dict[str, Any]], **options: Any
) -> Any:
    sides = [[write(tmp_path / name, rows)] if rows else [] for name, rows in (("b", before), ("a", after))]
    return compare_rows(duckdb.connect(), *sides, **options)


KEYED = [
    ("equal", [(1, "x")], [(1, "x")], (0, 0, 0, 1)),
    ("added and removed", [(1, "x")], [(2, "x")], (1, 1, 0, 0)),
    ("changed", [(1, "x"), (2, "y")], [(1, "z"), (2, "y")], (0, 0, 1, 1)),
    ("to and from null", [(1, None), (2, "y")], [(1, "x"), (2, None)], (0, 0, 2, 0)),
    ("a null key is a key", [(None, "x")], [(None, "y")], (0, 0, 1, 0)),
    ("a key twice", [(1, "x")], [(1, "x"), (1, "y")], (0, 0, 1, 0)),
    ("nothing before", [], [(1, "x"), (2, "y")], (2, 0, 0, 0)),
    ("nothing after", [(1, "x")], [], (0, 1, 0, 0)),
    ("nothing at all", [], [], (0, 0, 0, 0)),
]


@pytest.mark.parametrize(
    ("before", "after", "expected"), [case[1:] for case in KEYED], ids=[c[0] for c in KEYED]
)
def test_rows_are_compared_by_key(tmp_path: Path, before: Any, after: Any, expected: Any) -> None:
    named = [[{"k": key, "v": value} for key, value in side] for side in (before, after)]
    found = compared(tmp_path, *named, keys=["k"])
    assert (found.added, found.removed, found.changed, found.same) == expected


def test_changed_columns_are_counted_and_examples_bounded(tmp_path: Path) -> None:
    before = [{"k": k, "v": k, "w": "same", "n": 1} for k in range(100)]
    after = [{"k": k, "v": -k, "w": "same", "n": 1 if k % 2 else 2} for k in range(100)]
    found = compared(tmp_path, before, after, keys=["k"], sample=3)
    assert (found.changed, found.columns) == (100, {"v": 99, "n": 50})
    assert len(found.sample) == 3
    assert found.sample[0].before == {"k": "0", "v": "0", "w": "same", "n": "1"}
    assert found.sample[0].after == {"k": "0", "v": "0", "w": "same", "n": "2"}


def test_values_of_masked_columns_are_not_shown_but_compared(tmp_path: Path) -> None:
    found = compared(
        tmp_path, [{"k": 1, "mail": "ann", "x": None}], [{"k": 1, "mail": "bob", "x": None}],
        keys=["k"], masked={"mail", "x"},
    )  # fmt: skip
    assert found.columns == {"mail": 1}
    assert found.sample[0].after == {"k": "1", "mail": "***", "x": None}
    assert "ann" not in found.model_dump_json()


def test_without_keys_rows_are_counted(tmp_path: Path) -> None:
    before = [{"a": 1, "b": "x"}] * 3 + [{"a": 2, "b": None}]
    after = [{"a": 1, "b": "x"}] + [{"a": None, "b": "x"}] * 2
    found = compared(tmp_path, before, after)
    assert (found.by, found.added, found.removed, found.same) == ("row", 2, 3, 1)
    assert {one.change for one in found.sample} == {"added", "removed"}


def test_columns_of_one_side_only_and_other_types_do_not_make_rows_differ(tmp_path: Path) -> None:
    before = [{"k": 1, "n": 2, "gone": "x"}]
    after = [{"k": 1, "n": 2.0, "new": "y"}]
    found = compared(tmp_path, before, after, keys=["k"])
    assert (found.same, found.changed) == (1, 0)
    assert compared(tmp_path, before, [{"k": 1, "n": "2"}], keys=["k"]).same == 1


def test_names_that_sql_knows_are_just_names(tmp_path: Path) -> None:
    row = {"select": 1, "change": "x", "once": 1, "n": 2, "h": 3, "a": 4, "b": 5, "v": 6}
    found = compared(tmp_path, [row], [{**row, "h": 4}], keys=["select", "n"])
    assert (found.changed, found.columns) == (1, {"h": 1})
    assert compared(tmp_path, [row], [{**row, "h": 4}]).added == 1


def test_it_is_what_a_dictionary_says(tmp_path: Path) -> None:
    import random

    chance = random.Random(7)
    sides = [{chance.randrange(400): chance.randrange(3) for _ in range(300)} for _ in range(2)]
    named = [[{"k": key, "v": value} for key, value in side.items()] for side in sides]
    before, after = sides
    found = compared(tmp_path, *named, keys=["k"])
    assert (found.added, found.removed) == (len(after.keys() - before), len(before.keys() - after))
    assert found.changed == sum(before[key] != after[key] for key in before.keys() & after)
    rows = [Counter(row["v"] for row in side) for side in named]
    plain = compared(tmp_path, *[[{"v": row["v"]} for row in side] for side in named])
    assert (plain.added, plain.removed) == ((rows[1] - rows[0]).total(), (rows[0] - rows[1]).total())


class World:
    """A dataset with a contract, a catalogue and a lake."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.lake = folder, FolderObjects(folder / "lake")
        self.items = MemoryItems()
        self.catalog = Catalog(self.items)
        self.register(use_case())
        self.comparer = Comparer(self.catalog, self.lake)

    def register(self, contract: UseCase) -> None:
        self.catalog.register(contract, by="dana", at=AT)

    def arrive(
        self, name: str, rows: list[dict[str, Any]], columns: dict[str, str], profile: str = "profile.json"
    ) -> SnapshotHead:
        landed = LandedObject(bucket="landing", key=f"demo/invoices/{name}", version="1", size=1)
        facts = {"file_name": name, "object": landed, "received_at": AT, "updated_at": AT}
        self.catalog.begin(Arrival(id=name, use_case=PLACE[0], dataset=PLACE[1], **facts))
        self.catalog.accept(*PLACE, name, rows={}, report_key="r", at=AT)
        key = f"curated/demo/invoices/arrival={name}/part-00000.parquet"
        self.lake.upload(write(self.folder / "file", rows), key)
        profile = f"reports/demo/invoices/{name}/{profile}"
        self.lake.write(profile, json.dumps({"profile": [numbers(rows, "late")]}).encode())
        version = self.catalog.contracts.in_force(*PLACE)
        return self.catalog.commit(
            *PLACE, name, parts=[measure_part(self.lake, key, rows=len(rows))], at=AT,
            columns=[{"name": column, "type": kind} for column, kind in columns.items()],
            evidence=Evidence(profile=profile, contract_version=version.number if version else None),
        )  # fmt: skip


def numbers(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    values = sorted(row[name] for row in rows)
    bucket = {"lower": values[0], "upper": values[-1], "count": len(values)}
    return {"name": name, "count": len(values), "nulls": 0, "histogram": [bucket]}


COLUMNS = {"id": "string", "day": "date", "late": "integer"}


def test_snapshots_are_compared_in_all_respects_and_what_both_have_is_not_read(tmp_path: Path) -> None:
    world = World(tmp_path)
    row = {"id": "a", "day": None, "late": 1}
    world.arrive("first", [row, {**row, "id": "b", "late": 3}], COLUMNS)
    before = world.catalog.latest(*PLACE)
    document = use_case().model_dump(mode="json")
    document["datasets"][0]["columns"][0]["sensitivity"] = "personal"
    world.register(UseCase.model_validate(document))
    pending = world.catalog.contracts.pending(*PLACE)
    if pending:
        world.catalog.contracts.decide(*PLACE, "approve", by="priya", reason="r", at=AT)
    after = world.arrive("second", [{**row, "id": "secret", "late": 21}, {**row, "id": "d", "late": 23}],
                         {**COLUMNS, "late": "decimal", "extra": "string"})  # fmt: skip
    assert before is not None
    found = world.comparer.diff(before, after, tmp_path / "scratch")
    assert [(one.column, one.change, one.before, one.after) for one in found.schema_changes] == [
        ("id", "sensitivity", "none", "personal"),
        ("late", "retyped", "integer", "decimal"),
        ("extra", "added", None, "string"),
    ]
    assert (found.objects.unchanged, found.objects.added, found.objects.added_rows) == (1, 1, 2)
    assert found.rows is not None
    assert (found.rows.by, found.rows.added, found.rows.removed) == ("row", 2, 0)
    assert "secret" not in found.model_dump_json()
    assert [(one.column, one.kind, one.distance) for one in found.distribution] == [("late", "numeric", 0.5)]
    assert [path.parent.name for path in (tmp_path / "scratch").rglob("*.parquet")] == ["arrival=second"]
    assert not found.is_empty
    page = render(found)
    assert "retyped" in page and "secret" not in page
    assert len(first_rows(found, 1)) == 1


def test_a_snapshot_does_not_differ_from_itself(tmp_path: Path) -> None:
    world = World(tmp_path)
    head = world.arrive("first", [{"id": "a", "day": None, "late": 1}], COLUMNS)
    found = world.comparer.diff(head, head, tmp_path / "scratch")
    assert found.is_empty
    assert "the same schema and rows" in render(found)


def test_words_and_nulls_are_compared_by_their_shares() -> None:
    def profile(words: dict[str, int], nulls: int) -> dict[str, Any]:
        top = [{"value": word, "count": count} for word, count in words.items()]
        return {"profile": [{"name": "w", "count": sum(words.values()) + nulls, "nulls": nulls, "top": top}]}

    [found] = drifts([profile({"a": 8, "b": 2}, 0)], [profile({"a": 2, "c": 8}, 10)])
    assert (found.kind, found.distance, found.nulls_after) == ("categorical", 0.8, 0.5)


def test_the_sum_of_days_is_the_year() -> None:
    def profile(low: float, high: float, count: int) -> dict[str, Any]:
        bucket = {"lower": low, "upper": high, "count": count}
        return {"columns": [{"name": "x", "count": count, "nulls": 0, "histogram": [bucket]}]}

    days = [profile(n, n + 1, 10) for n in range(10)]
    [found] = drifts(days, [profile(0, 10, 100)])
    assert found.distance == pytest.approx(0.0, abs=1e-12)
    [point] = drifts([profile(1, 1, 5)], [profile(0, 2, 5)])
    assert point.distance == 0.5
