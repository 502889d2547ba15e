"""Files that change over time: evolution, partitions, change data, exports."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

import penstock.onboarding.partitions as cutting
from penstock.errors import InvalidSpec, SchemaMismatch, UnreadableFile
from penstock.onboarding.changes import CurrentTable, current
from tests.integration.onboarding.conftest import Drop, contract_of

ADD = {"evolution": "add_columns"}
WIDEN = {"evolution": "widen_types"}
FORMATS = [
    ({"kind": "csv"}, "id,Total (EUR),amount\na,7,1\n"),
    ({"kind": "json_lines"}, '{"id": "a", "Total (EUR)": "7", "amount": 1}'),
    ({"kind": "json"}, '[{"id": "a", "Total (EUR)": "7", "amount": 1}]'),
]


@pytest.mark.parametrize(("style", "content"), FORMATS)
def test_columns_that_are_new_are_refused_or_carried_along(
    drop: Drop, style: dict[str, Any], content: str
) -> None:
    with pytest.raises(SchemaMismatch, match=r"not expected: Total \(EUR\)"):
        drop(content, format=style)
    found = drop(content, format=style, **ADD)
    assert found.rows == [("a", 1.0, "7")]
    [added] = found.report.evolved.added
    assert (added.name, added.original) == ("Total__EUR_", "Total (EUR)")
    assert [(c.name, c.type) for c in found.report.columns][-1] == ("Total__EUR_", "string")
    assert found.report.profile[-1].top == ()


@pytest.mark.parametrize(("style", "content"), [
    ({"kind": "csv"}, "id\na\n"), ({"kind": "json_lines"}, '{"id": "a"}'),
    ({"kind": "json"}, '[{"id": "a"}]'),
])  # fmt: skip
def test_a_missing_nullable_column_becomes_null(drop: Drop, style: dict[str, Any], content: str) -> None:
    found = drop(content, format=style, **ADD)
    assert (found.rows, found.report.evolved.missing) == ([("a", None)], ("amount",))


def test_a_missing_key_is_still_an_error(drop: Drop) -> None:
    columns = [{"name": "id", "type": "string", "key": True}, {"name": "amount", "type": "decimal"}]
    with pytest.raises(SchemaMismatch, match="missing: id"):
        drop("amount\n1\n", columns=columns, **ADD)


def test_parquet_has_new_and_missing_columns_too(drop: Drop, tmp_path: Path) -> None:
    duckdb.sql("SELECT 'a' AS id, [1, 2] AS extra").write_parquet(str(tmp_path / "f.parquet"))
    found = drop(tmp_path / "f.parquet", format={"kind": "parquet"}, **ADD)
    assert (found.rows, found.report.evolved.missing) == ([("a", None, "[1,2]")], ("amount",))


@pytest.mark.parametrize("header", ["id,ID,amount", "id,a b,a-b,amount"])
def test_new_names_that_sql_cannot_tell_apart_are_refused(drop: Drop, header: str) -> None:
    with pytest.raises(SchemaMismatch, match=r"letter case|same name"):
        drop(f"{header}\n{','.join(['1'] * (header.count(',') + 1))}\n", **ADD)


TYPES = [
    {"name": "n", "type": "integer"},
    {"name": "day", "type": "date"},
    {"name": "flag", "type": "boolean"},
]


def test_types_widen_as_values_demand_and_the_report_says_so(drop: Drop) -> None:
    content = "n,day,flag\n1,2025-01-01,yes\n2.5,2025-01-02T10:00,maybe\n3,2025-01-03,perhaps\n"
    found = drop(content, columns=TYPES, max_quarantined=0.5, **WIDEN)
    assert [tuple(map(str, row)) for row in found.rows] == [
        ("1.0", "2025-01-01 00:00:00", "yes"), ("2.5", "2025-01-02 10:00:00", "maybe"),
        ("3.0", "2025-01-03 00:00:00", "perhaps"),
    ]  # fmt: skip
    assert [(w.name, w.declared, w.found) for w in found.report.evolved.widened] == [
        ("n", "integer", "decimal"), ("day", "date", "timestamp"), ("flag", "boolean", "string"),
    ]  # fmt: skip


def test_a_few_wrong_values_do_not_widen_a_column_to_text(drop: Drop) -> None:
    found = drop("n,day,flag\n1,2025-01-01,yes\nx,2025-01-01,no\n2,,no\n", columns=TYPES, **WIDEN)
    assert [row[0] for row in found.rows] == [1, 2]
    assert found.report.evolved.widened == ()


def test_a_column_whose_rules_need_its_type_does_not_become_text(drop: Drop) -> None:
    rule = {"check": "between", "column": "n", "minimum": 0}
    columns = [{"name": "n", "type": "integer"}, {"name": "id", "type": "string"}]
    found = drop("n,id\n1,a\nx,b\ny,c\n", columns=columns, rules=[rule], max_quarantined=0.7, **WIDEN)
    assert found.rows == [(1, "a")]


def test_parquet_types_widen_without_text(drop: Drop, tmp_path: Path) -> None:
    duckdb.sql("SELECT 1.5::DOUBLE AS n, DATE '2025-01-01' AS day, true AS flag").write_parquet(
        str(tmp_path / "f")
    )
    found = drop(tmp_path / "f", columns=TYPES, format={"kind": "parquet"}, **WIDEN)
    assert found.rows[0][0] == 1.5


CUT = [
    {"name": "id", "type": "integer"},
    {"name": "day", "type": "date"},
    {"name": "country", "type": "string"},
]


def test_curated_files_are_cut_by_value_and_time(drop: Drop, tmp_path: Path) -> None:
    rows = [(n, f"2025-0{1 + n % 3}-0{1 + n % 9}", ["DE", "../x", ""][n % 3]) for n in range(300)]
    content = "id,day,country\n" + "".join(f"{n},{day},{country}\n" for n, day, country in rows)
    by = [{"column": "country"}, {"column": "day", "unit": "month"}]
    found = drop(content, columns=CUT, partition_by=by)
    assert [(part.file, part.values, part.rows) for part in found.report.parts] == [
        ("part-00000.parquet", {"country": "../x", "day": "2025-02"}, 100),
        ("part-00001.parquet", {"country": "DE", "day": "2025-01"}, 100),
        ("part-00002.parquet", {"country": None, "day": "2025-03"}, 100),
    ]
    assert found.report.rows_curated == 300
    folder = tmp_path / "out" / "curated"
    first = [path.read_bytes() for path in sorted(folder.iterdir())]
    assert [row[0] for row in duckdb.read_parquet(str(folder / "part-00001.parquet")).fetchall()] == [
        n for n, *_ in rows if n % 3 == 0
    ]
    drop(content, columns=CUT, partition_by=by)
    assert [path.read_bytes() for path in sorted(folder.iterdir())] == first
    assert len(list(folder.iterdir())) == 3
    assert drop(content, columns=CUT).report.parts[0].rows == 300
    assert len(list(folder.iterdir())) == 1


def test_too_many_partitions_are_refused(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "MOST", 3)
    content = "id,day,country\n" + "".join(f"{n},2025-01-01,x\n" for n in range(4))
    with pytest.raises(SchemaMismatch, match="too many partitions"):
        drop(content, columns=CUT, partition_by=[{"column": "id"}])


def test_a_value_of_a_personal_column_is_not_told(drop: Drop) -> None:
    columns = [CUT[0], CUT[1], {**CUT[2], "sensitivity": "personal"}]
    found = drop("id,day,country\n1,,DE\n", columns=columns, partition_by=[{"column": "country"}])
    assert "DE" not in found.report.model_dump_json()


def test_a_column_that_is_not_curated_cannot_cut(drop: Drop) -> None:
    columns = [*CUT[:2], {**CUT[2], "protect": "drop"}]
    with pytest.raises((InvalidSpec, ValueError), match="country"):
        drop("id,day,country\n1,,DE\n", columns=columns, partition_by=[{"column": "country"}])


CHANGES = {
    "columns": [
        {"name": "id", "type": "integer", "key": True},
        {"name": "Op", "type": "string"},
        {"name": "lsn", "type": "integer"},
        {"name": "city", "type": "string", "nullable": False},
    ],
    "changes": {"operation": "Op", "order_by": "lsn"},
}


def test_change_data_keep_all_operations_and_deletions_need_their_key_alone(drop: Drop) -> None:
    content = "id,Op,lsn,city\n1,I,1,Bern\n1,U,2,Chur\n1,D,3,\n2,X,4,Genf\n3,U,,Genf\n4,I,5,\n"
    found = drop(content, **CHANGES)
    assert [row[1:3] for row in found.rows] == [("I", 1), ("U", 2), ("D", 3)]
    assert "column Op: found 'X', expected one of I, c, r, insert" in found.reasons
    assert "column lsn: found nothing" in found.reasons
    assert [line for line, *_ in found.quarantine] == [5, 6, 7]


ARRIVALS = [
    "1,I,1,Bern\n2,I,2,Genf\n3,I,3,Zug\n",
    "1,U,9,Chur\n2,D,8,\n3,U,5,Thun\n",
    "1,U,4,late\n2,U,7,late\n3,D,6,\n",
]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2, 1, 0)])
@pytest.mark.parametrize("stepwise", [False, True])
def test_the_current_table_is_the_same_however_changes_arrive(
    drop: Drop, tmp_path: Path, order: tuple[int, ...], stepwise: bool
) -> None:
    contract, files = contract_of(**CHANGES), []
    for number, at in enumerate(order):
        drop("id,Op,lsn,city\n" + ARRIVALS[at], **CHANGES)
        files.append(tmp_path / f"{number}.parquet")
        (tmp_path / "out" / "curated" / "part-00000.parquet").rename(files[-1])
    table, state = tmp_path / "current.parquet", tmp_path / "state.parquet"
    if stepwise:
        before: list[Path] = []
        for number, file in enumerate(files):
            state = tmp_path / f"state-{number}.parquet"
            found = current([*before, file], contract, table, state=state)
            before = [state]
    else:
        found = current(files, contract, table, state=state)
    assert found == CurrentTable(rows=1, deleted=2)
    assert duckdb.read_parquet(str(table)).fetchall() == [(1, 9, "Chur")]


def test_of_equal_changes_the_later_arrival_counts(tmp_path: Path) -> None:
    files = []
    for name in ("first", "second"):
        files.append(tmp_path / f"{name}.parquet")
        duckdb.sql(f"SELECT 1 AS id, 'U' AS Op, 5 AS lsn, '{name}' AS city").write_parquet(str(files[-1]))
    current(files, contract_of(**CHANGES), tmp_path / "out" / "current.parquet")
    assert duckdb.read_parquet(str(tmp_path / "out" / "current.parquet")).fetchall() == [(1, 5, "second")]


def exported(folder: Path, contents: dict[str, bytes], **changes: Any) -> Path:
    """Write files and their manifest."""
    for key, content in contents.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)
    files = [
        {"key": key, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), **changes}
        for key, content in contents.items()
    ]
    (folder / "manifest.json").write_text(json.dumps({"files": files}))
    return folder / "manifest.json"


EXPORT = {"format": {"manifest": True}}


def test_the_files_of_an_export_are_one_arrival(drop: Drop, tmp_path: Path) -> None:
    contents = {"a.csv": b"id,amount\na,1\nbroken\nb,x\n", "part=2/b.csv": b"amount,id\n3,c\ny,d\n"}
    found = drop(exported(tmp_path, contents), **EXPORT)
    assert found.rows == [("a", 1.0), ("c", 3.0)]
    assert [line for line, *_ in found.quarantine] == [3, 4, 7]
    assert found.quarantine[0][2] == ["a.csv: the line: found 1 fields, expected 2"]


def test_an_export_may_gain_columns_on_its_way(drop: Drop, tmp_path: Path) -> None:
    contents = {
        "a.csv": b"id,amount\na,1\n",
        "b.csv": b"id,amount,more\nb,2,x\n",
        "c.csv": b"id,amount\nc,3\n",
    }
    found = drop(exported(tmp_path, contents), **EXPORT, **ADD)
    assert found.rows == [("a", 1.0, None), ("b", 2.0, "x"), ("c", 3.0, None)]


def test_parquet_and_json_are_exported_too(drop: Drop, tmp_path: Path) -> None:
    for name, kind in (("a", "INTEGER"), ("b", "VARCHAR")):
        duckdb.sql(f"SELECT '{name}' AS id, 7::{kind} AS amount").write_parquet(str(tmp_path / name))
    contents = {name: (tmp_path / name).read_bytes() for name in ("a", "b")}
    style = {"format": {"manifest": True, "kind": "parquet"}}
    assert drop(exported(tmp_path, contents), **style).rows == [("a", 7.0), ("b", 7.0)]
    lines = {"a": b'{"id": "a"}\nbad\n', "b": b'{"id": "b"}\n'}
    found = drop(exported(tmp_path, lines), format={"manifest": True, "kind": "json_lines"})
    assert (found.rows, found.quarantine[0][0]) == ([("a", None), ("b", None)], 2)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"bytes": 5}, "bytes"), ({"sha256": "0" * 64}, "SHA-256"), ({"rows": 3}, "1 rows"),
        ({"key": "missing.csv"}, "no such file"), ({"key": "../a.csv"}, "the key '../a.csv'"),
        ({"key": "/etc/passwd"}, "the key '/etc/passwd'"), ({"key": "x/../../a"}, "the key"),
        ({"key": "a\\..\\b"}, "the key"), ({"key": "manifest.json"}, "the key"), ({"key": ""}, "the key"),
        ({"bytes": "many"}, "no number"), ({"sha256": "zz"}, "no SHA-256"), ({"key": None}, "no such file"),
    ],
)  # fmt: skip
def test_an_export_that_is_not_as_its_manifest_says_is_refused(
    drop: Drop, tmp_path: Path, entry: dict[str, Any], words: str
) -> None:
    manifest = exported(tmp_path, {"a.csv": b"id,amount\na,1\n"}, **entry)
    with pytest.raises(UnreadableFile, match=words.replace("\\", "\\\\")):
        drop(manifest, **EXPORT)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": []}', '{"files": [1]}', '{"files": 7}',
                                     '{"files": [{"key": "a"}, {"key": "a"}]}', "[" * 100_000])  # fmt: skip
def test_what_is_no_manifest_is_refused(drop: Drop, content: str) -> None:
    with pytest.raises(UnreadableFile, match="manifest"):
        drop(content, name="manifest.json", **EXPORT)


def test_a_redshift_manifest_is_read(drop: Drop, tmp_path: Path) -> None:
    exported(tmp_path, {"0000_part_00.csv": b"id,amount\na,1\n"})
    meta = {"content_length": 14, "record_count": 1}
    entries = [{"url": "s3://elsewhere/unload/0000_part_00.csv", "mandatory": True, "meta": meta}]
    (tmp_path / "manifest.json").write_text(json.dumps({"entries": entries}))
    assert drop(tmp_path / "manifest.json", **EXPORT).rows == [("a", 1.0)]
