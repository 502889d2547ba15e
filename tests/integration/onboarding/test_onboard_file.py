"""What becomes of files, good and bad."""

from __future__ import annotations

import csv
import hashlib
import hmac
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import (
    EmptyFile,
    InvalidSpec,
    PenstockError,
    SchemaMismatch,
    TooManyBadRows,
    UnreadableFile,
)
from penstock.onboarding import CURATED, QUARANTINE, REPORT, OnboardingReport, onboard_file
from penstock.specs import Contract

KEY = b"a key of at least sixteen bytes"


def contract(**changes: Any) -> Contract:
    document: dict[str, Any] = {
        "dataset": "payments", "owner": "finance", "steward": "data", "purpose": "tests",
        "legal_basis": "law",
        "classification": "internal", "max_quarantined": 0.9,
        "columns": [
            {"name": "id", "type": "string", "key": True},
            {"name": "amount", "type": "decimal"},
            {"name": "note", "type": "string"},
        ],
    }  # fmt: skip
    return Contract.model_validate({**document, **changes})


@pytest.fixture
def onboard(tmp_path: Path) -> Any:
    def run(content: bytes | str, *, name: str = "file.csv", **changes: Any) -> OnboardingReport:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return onboard_file(
            contract=contract(**changes), file=file, output=tmp_path / "out", arrival_id="a1", hash_key=KEY
        )

    return run


def rows(path: Path) -> list[tuple[Any, ...]]:
    return duckdb.connect().sql(f"SELECT * FROM read_parquet('{path}')").fetchall()


def quarantine(folder: Path) -> list[tuple[int, str | None, list[str]]]:
    return [(line, raw, reasons) for line, raw, reasons, *_ in rows(folder / "out" / QUARANTINE)]


def test_good_rows_are_curated_with_their_types(onboard: Any, tmp_path: Path) -> None:
    report = onboard("id,amount,note\na,1.5,hello\nb,,\n")
    assert (report.rows_in, report.rows_curated, report.rows_quarantined) == (2, 2, 0)
    assert rows(tmp_path / "out" / CURATED) == [("a", 1.5, "hello"), ("b", None, None)]
    assert not (tmp_path / "out" / QUARANTINE).exists()
    assert OnboardingReport.model_validate_json((tmp_path / "out" / REPORT).read_text()) == report


def test_reordered_columns_are_fine(onboard: Any, tmp_path: Path) -> None:
    onboard("note,id,amount\nhello,a,1.5\n")
    assert rows(tmp_path / "out" / CURATED) == [("a", 1.5, "hello")]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("id,amount,note\nx,1,n\na,abc,n\n", 3, "column amount: found 'abc', expected decimal"),
        ("id,amount,note\nx,1,n\n,1,n\n", 3, "column id: found nothing, expected a value"),
        (
            "id,amount,note\nx,1,n\nx,2,n\n",
            3,
            "column id: found 'x', expected a value that no earlier row has",
        ),
        ("id,amount,note\nx,1,n\na,1\n", 3, "the line: found 2 fields, expected 3"),
        ("id,amount,note\nx,1,n\na,1,n,more\n", 3, "the line: found 4 fields, expected 3"),
        ('id,amount,note\nx,1,n\na,1,"n"o\n', 3, "a quoted field is followed by text"),
        ('id,amount,note\na,1,"n\nx,1,n\ny,2,n\n', 2, "a quote is opened and never closed"),
        ("id,amount,note\nx,1,n\na\0,1,n\n", 3, "a NUL character at byte 1"),
        ('id,amount,note\nx,1,"two\nlines"\n\na,abc,n\n', 5, "column amount: found 'abc'"),
        ("id,amount,note\r\nx,1,n\r\na,abc,n\r\n", 3, "column amount: found 'abc'"),
        ("id,amount,note\nx,1,n\na,nan,n\n", 3, "column amount: found 'nan'"),
        ("id,amount,note\nx,1,n\na,1e999,n\n", 3, "column amount: found '1e999'"),
        ("id,amount,note\nx,1,n\na,1_000,n\n", 3, "column amount: found '1_000'"),
    ],
)
def test_a_bad_row_goes_to_quarantine_with_line_and_reason(
    onboard: Any, tmp_path: Path, content: str, line: int, reason: str
) -> None:
    report = onboard(content)
    [(found_line, _, reasons)] = quarantine(tmp_path)
    assert found_line == line
    assert any(reason in found for found in reasons), reasons
    assert report.rows_in == report.rows_curated + report.rows_quarantined
    assert report.rows_quarantined == 1


def test_bytes_that_are_not_utf8_go_to_quarantine_as_text(onboard: Any, tmp_path: Path) -> None:
    onboard(b"id,amount,note\nx,1,gr\xfcn\ny,1,n\n")
    assert quarantine(tmp_path) == [
        (2, "x,1,gr\\xfcn", ["the line: byte 0xfc at byte 6 of the line is not UTF-8"])
    ]


def test_one_unclosed_quote_does_not_swallow_the_rows_after_it(onboard: Any, tmp_path: Path) -> None:
    good = "".join(f'r{n},{n},"quoted, note"\n' for n in range(1_000))
    report = onboard(f'id,amount,note\na,1,"open\n{good}')
    assert (report.rows_curated, report.rows_quarantined) == (1_000, 1)


def test_quoted_text_may_hold_delimiters_quotes_and_lines(onboard: Any, tmp_path: Path) -> None:
    onboard('id,amount,note\na,1,"x, ""y""\nz"\nb,2,5" pipe\n')
    assert rows(tmp_path / "out" / CURATED) == [("a", 1.0, 'x, "y"\nz'), ("b", 2.0, '5" pipe')]


def test_a_byte_order_mark_is_no_part_of_the_first_name(onboard: Any) -> None:
    assert onboard(b"\xef\xbb\xbfid,amount,note\na,1,n\n").rows_curated == 1


def test_blank_lines_are_counted_but_are_no_rows(onboard: Any) -> None:
    report = onboard("id,amount,note\n\na,1,n\n\n\n")
    assert (report.rows_in, report.blank_lines) == (1, 3)


@pytest.mark.parametrize(
    "name", ["with space.csv", "März 2025 ✓.csv", "a[1]*?.csv", "it's;--.csv", "%41%.csv"]
)
def test_a_file_may_have_any_name(onboard: Any, name: str) -> None:
    assert onboard("id,amount,note\na,1,n\n", name=name).file_name == name


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", EmptyFile, "empty"),
        (b"\xef\xbb\xbf", EmptyFile, "empty"),
        (b" \n\n", EmptyFile, "empty"),
        (b"id,amount,note\n", EmptyFile, "no rows"),
        (b"id,amount,note\n\n\n", EmptyFile, "no rows"),
        (b"id,amount,note", EmptyFile, "no rows"),
        (b"id,note\na,n\n", SchemaMismatch, "missing: amount"),
        (b"id,amount,note,extra\na,1,n,e\n", SchemaMismatch, "not expected: extra"),
        (b"id,Amount,note\na,1,n\n", SchemaMismatch, "Letter case"),
        (b"id,amount,note,note\na,1,n,n\n", SchemaMismatch, "named twice: note"),
        (b"id;amount;note\na;1;n\n", SchemaMismatch, "delimiter"),
        (b'{"id": 1}\n', UnreadableFile, "not CSV"),
        (b"<html></html>\n", UnreadableFile, "not CSV"),
        (b"PAR1\x00\x01", UnreadableFile, "Parquet"),
        (b"\x1f\x8b\x08\x00", UnreadableFile, "gzip"),
        (b"\x00\x01\x02" * 100, UnreadableFile, "NUL byte at byte 0"),
        (b"id,am\xfcunt,note\na,1,n\n", UnreadableFile, "0xfc at byte 5"),
        (b"id,amount,note\ra,1,n\r", UnreadableFile, "carriage return"),
        ("id,amount,note\n".encode("utf-16"), UnreadableFile, "UTF-16"),
        (b"id,amount,note\na,x,n\nb,y,n\n", TooManyBadRows, "2 of 2 rows"),
        (b"id,amount,note\nonly\nbroken\n", TooManyBadRows, "2 lines are no records"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(
    onboard: Any, tmp_path: Path, content: bytes, error: type[PenstockError], words: str
) -> None:
    with pytest.raises(error, match=words):
        onboard(content)
    assert not (tmp_path / "out" / REPORT).exists()


def test_more_bad_rows_than_tolerated_refuse_the_file(onboard: Any) -> None:
    content = "id,amount,note\n" + "".join(f"{n},{'x' if n < 3 else n},n\n" for n in range(10))
    assert onboard(content, max_quarantined=0.3).rows_quarantined == 3
    with pytest.raises(TooManyBadRows, match="column amount: found 'x', expected decimal"):
        onboard(content, max_quarantined=0.2)


def test_a_file_without_a_good_row_is_refused_however_tolerant_the_contract(onboard: Any) -> None:
    with pytest.raises(TooManyBadRows, match="1 of 1 rows"):
        onboard("id,amount,note\na,x,n\n", max_quarantined=1.0)


def test_a_refusing_rule_refuses_the_file(onboard: Any) -> None:
    rule = {"check": "row_count", "minimum": 5, "severity": "refuse"}
    with pytest.raises(TooManyBadRows, match="found 1 rows, expected at least 5"):
        onboard("id,amount,note\na,1,n\n", rules=[rule])


def test_a_very_long_line_is_quarantined_in_little_memory(onboard: Any, tmp_path: Path) -> None:
    long = b"x" * 100_000_000
    report = onboard(b"id,amount,note\na,1,n\n" + long + b"\nb,2,n\n")
    assert (report.rows_curated, report.rows_quarantined) == (2, 1)
    [(line, raw, [reason])] = quarantine(tmp_path)
    assert (line, len(raw or "")) == (3, 10_000)
    assert "longer than 2,000,000 bytes" in reason


def test_a_file_of_one_very_long_line_is_refused(onboard: Any) -> None:
    with pytest.raises(UnreadableFile, match="too long to be a header"):
        onboard(b"x" * 5_000_000)


def test_personal_columns_are_dropped_or_hashed_also_in_quarantine(onboard: Any, tmp_path: Path) -> None:
    columns = [
        {"name": "id", "type": "string", "key": True},
        {"name": "name", "type": "string", "sensitivity": "personal", "protect": "drop"},
        {"name": "mail", "type": "string", "sensitivity": "personal", "protect": "hash"},
        {"name": "age", "type": "integer", "sensitivity": "personal"},
    ]
    rules = [{"check": "matches", "column": "mail", "pattern": "@", "severity": "warn"}]
    report = onboard(
        "id,name,mail,age\na,Ann,ann@example.com,33\nb,Bob,bob,x\nc,,,40\n", columns=columns, rules=rules
    )
    hashed = hmac.new(KEY, b"ann@example.com", hashlib.sha256).hexdigest()
    assert rows(tmp_path / "out" / CURATED) == [("a", hashed, 33), ("c", None, 40)]
    kept = duckdb.read_parquet(str(tmp_path / "out" / QUARANTINE))
    assert "name" not in kept.columns
    written = (tmp_path / "out" / REPORT).read_text() + str(kept.fetchall())
    for secret in ("Ann", "Bob", "ann@", "'bob'", "33"):
        assert secret not in written
    assert report.columns[1].type == "string"


def test_hashing_needs_a_key_that_cannot_be_guessed(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("id\na\n")
    hashing = contract(columns=[{"name": "id", "type": "string", "protect": "hash"}])
    with pytest.raises(ValueError, match="16 bytes"):
        onboard_file(
            contract=hashing, file=tmp_path / "f.csv", output=tmp_path / "o", arrival_id="a", hash_key=b"1"
        )


def test_the_same_file_gives_the_same_bytes(onboard: Any, tmp_path: Path) -> None:
    content = "id,amount,note\n" + "".join(f"{n},{n % 7 or 'x'},n{n % 5}\n" for n in range(150_000))
    found = []
    for _ in range(2):
        onboard(content)
        found.append([(tmp_path / "out" / part).read_bytes() for part in (CURATED, QUARANTINE)])
    assert found[0] == found[1]


def test_rows_keep_the_order_of_the_file(onboard: Any, tmp_path: Path) -> None:
    onboard("id,amount,note\n" + "".join(f"{n},{n},n\n" for n in range(150_000)))
    assert [row[1] for row in rows(tmp_path / "out" / CURATED)] == [float(n) for n in range(150_000)]


def test_a_second_run_leaves_no_quarantine_of_the_first(onboard: Any, tmp_path: Path) -> None:
    onboard("id,amount,note\na,1,n\nb,x,n\n")
    onboard("id,amount,note\na,1,n\n")
    assert not (tmp_path / "out" / QUARANTINE).exists()


def test_nothing_is_left_beside_the_output(onboard: Any, tmp_path: Path) -> None:
    onboard("id,amount,note\na,1,n\n")
    with pytest.raises(EmptyFile):
        onboard("id,amount,note\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.csv", "out"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            "integer",
            ["1", "-7", "+3", "12.0", " 5 "],
            ["1.5", "0x1A", "1_000", "abc", "99999999999999999999"],
        ),
        ("decimal", ["1.5", "1e3", ".5", "-2."], ["1,5", "inf", "NaN", "--1", "1e999"]),
        ("boolean", ["true", "F", "1", "no"], ["maybe", "2"]),
        ("date", ["2025-02-28"], ["2025-02-30", "28.02.2025", "infinity", "2025-1-1"]),
        ("timestamp", ["2025-01-01T10:00:00Z", "2025-01-01 10:00", "2025-01-01"], ["10:00", "2025-13-01"]),
    ],
)
def test_types_are_strict(onboard: Any, kind: str, good: list[str], bad: list[str]) -> None:
    lines = [f'{n},"{value}"' for n, value in enumerate(good + bad)]
    columns = [{"name": "id", "type": "string"}, {"name": "value", "type": kind}]
    report = onboard("\n".join(["id,value", *lines]), columns=columns)
    assert (report.rows_curated, report.rows_quarantined) == (len(good), len(bad))


def test_times_with_an_offset_become_utc(onboard: Any, tmp_path: Path) -> None:
    onboard("at\n2025-01-01T02:00:00+02:00\n", columns=[{"name": "at", "type": "timestamp"}])
    assert str(rows(tmp_path / "out" / CURATED)[0][0]) == "2025-01-01 00:00:00"


def test_columns_may_be_named_as_ours_are(onboard: Any, tmp_path: Path) -> None:
    names = ["line", "raw", "reasons", "rowid", "c0", "t0", "row", "select"]
    columns = [{"name": name, "type": "integer"} for name in names]
    report = onboard(",".join(names) + "\n1,2,3,4,5,6,7,8\nx,2,3,4,5,6,7,8\n", columns=columns)
    assert (report.rows_curated, report.rows_quarantined) == (1, 1)
    found = duckdb.read_parquet(str(tmp_path / "out" / QUARANTINE))
    assert found.columns == ["line", "raw", "reasons", "line_", "raw_", "reasons_", *names[3:]]


def test_parquet_is_onboarded_as_csv_is(tmp_path: Path) -> None:
    file = tmp_path / "f.parquet"
    duckdb.connect().sql(
        "SELECT 'a' AS id, 1.5 AS amount, NULL AS note UNION ALL SELECT 'a', 2, 'x'"
    ).write_parquet(str(file))
    parquet = contract(format={"kind": "parquet"})
    report = onboard_file(contract=parquet, file=file, output=tmp_path / "out", arrival_id="a")
    assert (report.rows_curated, report.rows_quarantined) == (1, 1)
    file.write_text("id,amount,note\n")
    with pytest.raises(UnreadableFile):
        onboard_file(contract=parquet, file=file, output=tmp_path / "out", arrival_id="a")


def test_a_rule_that_cannot_be_checked_is_named(onboard: Any) -> None:
    rule = {"check": "in_set", "column": "amount", "values": ["ten"]}
    with pytest.raises(InvalidSpec, match="in_set on amount"):
        onboard("id,amount,note\na,1,n\n", rules=[rule])


def test_the_profile_tells_the_shape_of_each_column(onboard: Any) -> None:
    report = onboard("id,amount,note\n" + "".join(f"{n},{n},{'x' if n < 3 else ''}\n" for n in range(11)))
    amount, note = report.profile[1], report.profile[2]
    assert (amount.count, amount.minimum, amount.maximum, amount.mean) == (11, 0.0, 10.0, 5.0)
    assert amount.quantiles["p50"] == 5.0
    filled = [(bucket.lower, bucket.count) for bucket in amount.histogram if bucket.count]
    assert filled == [(float(n), 1) for n in range(11)]
    assert (note.nulls, note.distinct, note.top[0].value, note.top[0].count) == (8, 1, "x", 3)


def test_hundreds_of_columns_are_no_trouble(onboard: Any) -> None:
    columns = [{"name": f"c{n}", "type": "integer"} for n in range(100)]
    header, row = ",".join(f"c{n}" for n in range(100)), ",".join(["7"] * 100)
    broken = ",".join(["7"] * 99 + ["x"])
    report = onboard(f"{header}\n{row}\n{broken}\n", columns=columns)
    assert (report.rows_curated, report.rows_quarantined) == (1, 1)


@settings(max_examples=25, deadline=None)
@given(content=st.text(st.sampled_from('ab1,"\n\r;é'), max_size=120))
def test_the_engine_reads_what_sifting_passes_and_nothing_is_lost(content: str) -> None:
    plain = contract(columns=[{"name": name, "type": "string"} for name in ("id", "amount", "note")])
    with TemporaryDirectory() as folder:
        file = Path(folder) / "f.csv"
        file.write_bytes(f"id,amount,note\nx,y,z\n{content}\n".encode())
        report = onboard_file(contract=plain, file=file, output=Path(folder) / "out", arrival_id="a")
        assert report.rows_in == report.rows_curated + report.rows_quarantined
        with file.open(encoding="utf-8", newline="") as stream:
            if report.rows_quarantined == 0 and "\r" not in content:
                texts = [[cell or None for cell in row] for row in csv.reader(stream) if row][1:]
                assert [list(row) for row in rows(Path(folder) / "out" / CURATED)] == texts
