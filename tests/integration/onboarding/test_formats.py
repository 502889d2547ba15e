"""Files of every format: dialects, encodings, compressions, JSON, Parquet."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import duckdb
import pytest

import penstock.onboarding.formats.compression as compressing
from penstock.errors import EmptyFile, InvalidSpec, PenstockError, SchemaMismatch, UnreadableFile
from tests.integration.onboarding.conftest import Drop

ROWS = [("a", 1.5), ("b", 2.0)]


@pytest.mark.parametrize(
    ("content", "style"),
    [
        ("id;amount\na;1.5\nb;2\n", {"delimiter": ";"}),
        ("id\tamount\na\t1.5\nb\t2\n", {"delimiter": "\t"}),
        ("id¦amount\na¦1.5\nb¦2\n", {"delimiter": "¦"}),
        ("'id','amount'\n'a','1.5'\n'b','2'\n", {"quote": "'"}),
        ("a,1.5\nb,2\n", {"header": False}),
        ("\ufeffa,1.5\nb,2\n", {"header": False}),
        ("# made by\n# export\nid,amount\na,1.5\nb,2\n", {"skip_lines": 2}),
        ("made by\na,1.5\nb,2\n", {"skip_lines": 1, "header": False}),
        ("id;amount\na;1,5\nb;2,\n", {"delimiter": ";", "decimal_separator": ","}),
    ],
)
def test_csv_may_be_of_any_dialect(drop: Drop, content: str, style: dict[str, Any]) -> None:
    assert drop(content, format=style).rows == ROWS


def test_without_quotes_a_quote_is_a_character(drop: Drop) -> None:
    assert drop('id,amount\n"a,1.5\n', format={"quote": ""}).rows == [('"a', 1.5)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r'"a \"b\" c"', 'a "b" c'),
        (r'"back \\ slash"', "back \\ slash"),
        (r'"C:\new"', r"C:\new"),
        ('"two\\"\nlines"', 'two"\nlines'),
        (r'"doubled "" too"', 'doubled " too'),
        (r"un\quoted", r"un\quoted"),
    ],
)
def test_quotes_may_be_escaped(drop: Drop, written: str, value: str) -> None:
    found = drop(f"id,amount\nx,1\n{written},2\ny,3\n", format={"escape": "\\"})
    assert found.rows == [("x", 1.0), (value, 2.0), ("y", 3.0)]


def test_lines_are_numbered_from_the_start_of_the_file(drop: Drop) -> None:
    found = drop("made by\nid,amount\na,1\nb,x\n", format={"skip_lines": 1})
    assert [line for line, *_ in found.quarantine] == [4]
    assert [line for line, *_ in drop("a,1\nb,x\n", format={"header": False}).quarantine] == [2]


def test_texts_may_stand_for_no_value(drop: Drop) -> None:
    assert drop("id,amount\nNULL,1\n,NULL\n", format={"null_values": ["NULL"]}).rows == [
        (None, 1.0),
        ("", None),
    ]


@pytest.mark.parametrize("style", [
    {"delimiter": ","  , "quote": ","}, {"delimiter": "\n"}, {"quote": "§"}, {"encoding": "rot13"},
    {"encoding": "no-such"}, {"decimal_separator": ",", "thousands_separator": ","},
])  # fmt: skip
def test_a_format_that_contradicts_itself_is_refused_with_the_contract(
    drop: Drop, style: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="format"):
        drop("", format=style)


@pytest.mark.parametrize(
    "encoding",
    ["cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "gbk", "cp037"],
)
def test_any_encoding_gives_the_same_rows(drop: Drop, encoding: str) -> None:
    word = "价格" if encoding == "gbk" else "Müller"
    found = drop(f"id,amount\n{word},1.5\nb,2\n".encode(encoding), format={"encoding": encoding})
    assert found.rows == [(word, 1.5), ("b", 2.0)]


@pytest.mark.parametrize(
    ("content", "encoding", "reason"),
    [
        (b"id,amount\nx,1\nM\xfcller,2\n", "utf-8", "byte 0xfc at byte 1 of the line is not UTF-8"),
        (b"id,amount\nx,1\nM\xc3\xbcller,2\n", "cp1252", "byte 0xc3 after 1 characters is UTF-8, not cp1252"),
        (b"id,amount\nx,1\nM\x81ller,2\n", "cp1252", "byte 0x81 after 1 characters is not cp1252"),
        (b"id,amount\nx,1\nM\xfcller,2\n", "ascii", "byte 0xfc after 1 characters is not ascii"),
        ("id,amount\nx,1\nM".encode("utf-16-le") + b"\x00\xd8" + ",2\n".encode("utf-16-le"), "utf-16-le",
         "byte 0x00 after 1 characters is not utf-16-le"),
    ],
)  # fmt: skip
def test_a_wrong_encoding_is_no_mojibake_but_a_reason(
    drop: Drop, content: bytes, encoding: str, reason: str
) -> None:
    found = drop(content, format={"encoding": encoding})
    assert found.rows == [("x", 1.0)]
    [(line, raw, [said])] = found.quarantine
    assert (line, said) == (3, f"the line: {reason}")
    assert "\\x" in str(raw)


PACKED = {
    "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress,
    "two gzips": lambda data: gzip.compress(data[:15]) + gzip.compress(data[15:]),
    "two xz": lambda data: lzma.compress(data[:15]) + b"\0\0\0\0" + lzma.compress(data[15:]),
}  # fmt: skip


@pytest.mark.parametrize("how", sorted(PACKED))
def test_compressed_is_as_uncompressed(drop: Drop, how: str, tmp_path: Path) -> None:
    content = b"id,amount\na,1.5\nb,2\nc,x\n"
    curated = tmp_path / "out" / "curated" / "part-00000.parquet"
    drop(content)
    before = curated.read_bytes()
    found = drop(PACKED[how](content), name="packed.csv")
    assert (found.rows, curated.read_bytes()) == (ROWS, before)


def test_zstandard_is_read_where_pyarrow_is(drop: Drop, tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    for name in ("one", "two"):
        with arrow.CompressedOutputStream(str(tmp_path / name), "zstd") as out:
            out.write(b"id,amount\na,1.5\n" if name == "one" else b"b,2\n")
    packed = (tmp_path / "one").read_bytes() + (tmp_path / "two").read_bytes()
    assert drop(packed).rows == ROWS
    with pytest.raises(UnreadableFile, match="damaged or cut off"):
        drop(packed[:-3])


@pytest.mark.parametrize("how", ["gzip", "bzip2", "xz"])
@pytest.mark.parametrize("damage", [lambda data: data[:-5], lambda data: data[:20] + b"\0\1" + data[22:]])
def test_a_damaged_archive_is_refused(drop: Drop, how: str, damage: Any) -> None:
    packed = PACKED[how](b"id,amount\n" + b"".join(b"%d,1\n" % n for n in range(2_000)))
    with pytest.raises(UnreadableFile, match="damaged or cut off"):
        drop(damage(packed))


def test_a_bomb_is_refused(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressing, "FREE", 100_000)
    with pytest.raises(UnreadableFile, match="grows too much"):
        drop(bz2.compress(b"id,amount\n" + b"a,1\n" * 500_000))


def test_a_full_disk_is_an_error_before_it_is_full(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressing, "RESERVE", 1 << 60)
    with pytest.raises(UnreadableFile, match="left on the disk"):
        drop(gzip.compress(b"id,amount\na,1\n"))


def test_the_declared_compression_must_be_the_files(drop: Drop) -> None:
    with pytest.raises(UnreadableFile, match="not compressed with gzip"):
        drop("id,amount\na,1\n", format={"compression": "gzip"})


@pytest.mark.parametrize(
    ("style", "good", "bad"),
    [
        ({"thousands_separator": ".", "decimal_separator": ","},
         {"1.234,56": 1234.56, "1234,5": 1234.5, "-1.234.567": -1234567.0, ",5": 0.5},
         ["12.34", "1.234.56", "1.2345", "1,234.5", "1..234"]),
        ({"thousands_separator": "'"},
         {"1'234.50": 1234.5, "1\u2019234": 1234.0, "7": 7.0}, ["12'34", "1'2345"]),
        ({"thousands_separator": " ", "decimal_separator": ","},
         {"1 234,5": 1234.5, "1\u00a0234": 1234.0, "1\u202f234": 1234.0}, ["12 34"]),
        ({"thousands_separator": ","},
         {"1,234.5": 1234.5, "+1,234e2": 123400.0}, ["12,34", "1,23,456", "0x1A"]),
        ({}, {"1234.5": 1234.5}, ["1,234.5"]),
    ],
)  # fmt: skip
def test_numbers_with_separators_are_read_strictly(
    drop: Drop, style: dict[str, str], good: dict[str, float], bad: list[str]
) -> None:
    lines = "".join(f"{text};{text}\n" for text in [*good, *bad])
    found = drop(f"id;amount\n{lines}", format={"delimiter": ";", **style})
    assert dict(found.rows) == good
    assert len(found.quarantine) == len(bad)
    assert "expected decimal" in found.reasons


def test_dates_are_read_as_they_are_written(drop: Drop) -> None:
    columns = [
        {"name": "day", "type": "date", "written": "%d.%m.%Y"},
        {"name": "at", "type": "timestamp", "written": "%m/%d/%Y %I:%M %p", "timezone": "America/New_York"},
    ]
    found = drop("day,at\n31.12.2024,07/01/2025 01:30 PM\n2024-12-31,x\n30.02.2024,\n", columns=columns)
    assert [tuple(map(str, row)) for row in found.rows] == [("2024-12-31", "2025-07-01 17:30:00")]
    assert "expected date written %d.%m.%Y" in found.reasons


def test_local_times_become_utc_and_the_clocks_are_known(drop: Drop) -> None:
    columns = [{"name": "at", "type": "timestamp", "timezone": "Europe/Berlin"}]
    times = {
        "2025-01-15 12:00": "2025-01-15 11:00:00",
        "2025-07-15T12:00:00": "2025-07-15 10:00:00",
        "2025-07-15 12:00:00+05:30": "2025-07-15 06:30:00",
        "2025-07-15 12:00:00Z": "2025-07-15 12:00:00",
        "2024-10-27 02:30": "2024-10-27 01:30:00",
    }
    found = drop("at\n" + "\n".join([*times, "2025-03-30 02:30"]) + "\n", columns=columns)
    assert [str(at) for (at,) in found.rows] == list(times.values())
    assert "in Europe/Berlin a time that its clocks show" in found.reasons


@pytest.mark.parametrize("wrong", [{"timezone": "Europe/Nowhere"}, {"written": "%Q"}])
def test_an_unknown_zone_or_way_of_writing_is_an_error_of_the_contract(
    drop: Drop, wrong: dict[str, str]
) -> None:
    with pytest.raises(InvalidSpec, match=next(iter(wrong))):
        drop("at\n2025-01-01\n", columns=[{"name": "at", "type": "timestamp", **wrong}])


NESTED = [
    {"name": "id", "type": "string", "path": "$.key"},
    {"name": "city", "type": "string", "path": "$.customer.address.city"},
    {"name": "first", "type": "decimal", "path": "$.items[0].price"},
    {"name": "tags", "type": "string"},
]
RECORDS = [
    {"key": "a", "customer": {"address": {"city": "Bern"}}, "items": [{"price": 1.5}, {}], "tags": ["x", 1]},
    {"key": "b", "customer": None, "items": [], "tags": None},
    {"key": "c"},
]
FLAT = [("a", "Bern", 1.5, '["x",1]'), ("b", None, None, None), ("c", None, None, None)]


def test_nested_records_are_flattened_by_paths(drop: Drop) -> None:
    lines = "\n".join(json.dumps(record) for record in RECORDS)
    assert drop(lines, columns=NESTED, format={"kind": "json_lines"}).rows == FLAT


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(("records", "wrap"), [
    ("", lambda rows: rows),
    ("$.data.items",
     lambda rows: {"page": [{"items": [1]}], "data": {"n": 3, "items": rows, "z": {}}, "end": 1}),
    ("$[1].rows", lambda rows: [{"rows": []}, {"rows": rows}, "rest"]),
])  # fmt: skip
@pytest.mark.parametrize("block", [7, 1 << 20])
def test_a_document_is_as_its_lines(  # noqa: PLR0917 - parameters of the test
    drop: Drop, monkeypatch: pytest.MonkeyPatch, records: str, wrap: Any, indent: int | None, block: int
) -> None:
    monkeypatch.setattr("penstock.onboarding.formats.document._BLOCK", block)
    content = json.dumps(wrap(RECORDS), indent=indent)
    assert drop(content, columns=NESTED, format={"kind": "json", "records": records}).rows == FLAT


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "a", "amount": }', "the line: not JSON (Expecting value: line 1 column 23"),
        ("[1, 2]", "the line: found a JSON list, expected an object"),
        ("7", "the line: found a JSON number, expected an object"),
        ('{"id": "a", "id": "b"}', "the line: the field 'id' is there twice"),
        ('{"id": "\\ud800"}', "the line: not JSON"),
        ('{"id": "a\0"}', "the line: a NUL character"),
        ("[" * 100_000, "the line: JSON nested too deeply"),
        ('{"id": "a", "amount": "ten"}', "column amount: found 'ten', expected decimal"),
        ('{"id": "a", "amount": NaN}', "column amount: found 'nan', expected decimal"),
    ],
)
def test_a_broken_record_goes_to_quarantine_with_its_line(drop: Drop, line: str, reason: str) -> None:
    good = '{"id": "x", "amount": 1}'
    found = drop(f"{good}\n\n{line}\n{good}\n", format={"kind": "json_lines"})
    assert found.rows == [("x", 1.0), ("x", 1.0)]
    [(number, _, reasons)] = found.quarantine
    assert number == 3
    assert reason.lower() in "; ".join(reasons).lower()


@pytest.mark.parametrize(
    ("content", "style", "error", "words"),
    [
        ("", {"kind": "json_lines"}, EmptyFile, "empty"),
        ("[]", {"kind": "json"}, EmptyFile, "empty"),
        ("", {"kind": "json"}, UnreadableFile, "found: nothing at line 1, column 1"),
        ('{"id": 1, "Amount": 2}', {"kind": "json_lines"}, SchemaMismatch, "not expected: Amount"),
        ('[{"id": 1},\n {"id": 2', {"kind": "json"}, UnreadableFile, "at line 2"),
        ('[{"id": 1},\n {"id" 2}]', {"kind": "json"}, UnreadableFile, "delimiter at line 2, column 8"),
        ('[{"id": 1}] x', {"kind": "json"}, UnreadableFile, "'x' after the document"),
        ('{"a": 1}', {"kind": "json", "records": "$.items"}, UnreadableFile, "without the field 'items'"),
        ('{"items": {}}', {"kind": "json", "records": "$.items"}, UnreadableFile, "a list at $.items"),
        ("[" * 200_000, {"kind": "json"}, UnreadableFile, "nested too deeply"),
        ("id,amount\na,1\n", {"kind": "json"}, UnreadableFile, "'i' at line 1, column 1"),
        ("PAR1 and no more", {"kind": "parquet"}, UnreadableFile, "not Parquet"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_format_is_refused_with_the_place(
    drop: Drop, content: str, style: dict[str, Any], error: type[PenstockError], words: str
) -> None:
    with pytest.raises(error) as refusal:
        drop(content, format=style)
    assert words in str(refusal.value)


def written(tmp_path: Path, query: str) -> Path:
    """Write a query's rows to a Parquet file."""
    duckdb.connect().execute(f"COPY ({query}) TO '{tmp_path}/made.parquet' (FORMAT parquet)")
    return tmp_path / "made.parquet"


PARQUET = {"kind": "parquet"}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", "7::TINYINT", 7), ("integer", "7.0::DOUBLE", 7), ("integer", "7::DECIMAL(9,2)", 7),
        ("integer", "7::UBIGINT", 7), ("integer", "'7'", 7), ("integer", "7.5", None),
        ("integer", "true", None),
        ("integer", "18446744073709551615::UBIGINT", None), ("integer", "'nan'::DOUBLE", None),
        ("decimal", "7", 7.0), ("decimal", "7.25::FLOAT", 7.25), ("decimal", "'nan'::DOUBLE", None),
        ("decimal", "'-inf'::FLOAT", None), ("decimal", "1.5::DECIMAL(38,10)", 1.5),
        ("boolean", "true", True),
        ("boolean", "'yes'", True), ("boolean", "2", None),
        ("string", "7", "7"), ("string", "encode('é')", "é"),
        ("string", "[1,2]", "[1,2]"), ("string", "{'a': 1}", '{"a":1}'),
        ("date", "DATE '2025-01-02'", "2025-01-02"),
        ("date", "TIMESTAMP '2025-01-02 00:00'", "2025-01-02"),
        ("date", "TIMESTAMP '2025-01-02 01:00'", None),
        ("timestamp", "TIMESTAMP_NS '2025-01-02 10:00:00.5'", "2025-01-02 10:00:00.500000"),
        ("timestamp", "TIMESTAMPTZ '2025-01-02 10:00:00+02'", "2025-01-02 08:00:00"),
        ("timestamp", "DATE '2025-01-02'", "2025-01-02 00:00:00"),
        ("timestamp", "'infinity'::TIMESTAMP", None),
    ],
)  # fmt: skip
def test_parquet_values_of_any_type_are_taken_exactly_or_quarantined(
    drop: Drop, tmp_path: Path, kind: str, value: str, expected: Any
) -> None:
    first = f"SELECT 'x' AS id, {value} AS v UNION ALL BY NAME SELECT 'y' AS id, NULL AS v"
    found = drop(written(tmp_path, first), format=PARQUET,
                 columns=[{"name": "id", "type": "string"}, {"name": "v", "type": kind}])  # fmt: skip
    values = {key: value if not kind.startswith(("date", "time")) or value is None else str(value)
              for key, value in found.rows}  # fmt: skip
    assert values == ({"y": None} if expected is None else {"x": expected, "y": None})
    assert len(found.quarantine) == (expected is None)


def test_nested_parquet_is_flattened_by_paths(drop: Drop, tmp_path: Path) -> None:
    query = (
        "SELECT 'a' AS key, {'address': {'city': 'Bern'}} AS customer, "
        "[{'price': 1.5}] AS items, ['x'] AS tags "
        "UNION ALL SELECT 'b', NULL, [], NULL"
    )
    found = drop(written(tmp_path, query), columns=NESTED, format=PARQUET)
    assert found.rows == [("a", "Bern", 1.5, '["x"]'), ("b", None, None, None)]


def test_a_field_that_parquet_has_not_is_named(drop: Drop, tmp_path: Path) -> None:
    file = written(tmp_path, "SELECT {'b': 1} AS a")
    with pytest.raises(SchemaMismatch, match='"c"'):
        drop(file, columns=[{"name": "v", "type": "integer", "path": "$.a.c"}], format=PARQUET)


def test_parquet_names_that_differ_in_case_alone_are_refused(drop: Drop, tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    arrow.write_table(pa.table({"id": ["a"], "ID": ["b"], "amount": [1.0]}), tmp_path / "case.parquet")
    with pytest.raises(SchemaMismatch, match="different in letter case alone: ID, id"):
        drop(tmp_path / "case.parquet", format=PARQUET, evolution="add_columns")


def test_a_damaged_page_is_found_while_loading(drop: Drop, tmp_path: Path) -> None:
    file = written(tmp_path, "SELECT range::VARCHAR AS id, range::DOUBLE AS amount FROM range(5000)")
    content = bytearray(file.read_bytes())
    content[200:1200] = bytes(1000)
    with pytest.raises(UnreadableFile, match="damaged"):
        drop(bytes(content), format=PARQUET)


def test_a_parquet_column_may_be_named_as_the_engines_row_number(drop: Drop, tmp_path: Path) -> None:
    file = written(tmp_path, "SELECT 5 AS file_row_number UNION ALL SELECT NULL")
    columns = [{"name": "file_row_number", "type": "integer", "nullable": False}]
    found = drop(file, format=PARQUET, columns=columns)
    assert (found.rows, [line for line, *_ in found.quarantine]) == ([(5,)], [2])
