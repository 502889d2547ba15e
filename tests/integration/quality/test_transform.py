"""Rules that make columns or protect values: what becomes of rows, through the whole onboarding of a file."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from penstock.errors import InvalidSpec, TooManyBadRows
from penstock.onboarding import CURATED, QUARANTINE, OnboardingReport, needs_key, onboard_file
from penstock.quality.references import references_needed
from penstock.specs import Contract
from penstock.specs.columns import all_columns, curated_columns

KEY = b"a key of at least sixteen bytes"
COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "type": "string"},
    {"name": "text", "type": "string"},
    {"name": "whole", "type": "integer"},
    {"name": "number", "type": "decimal"},
    {"name": "day", "type": "date"},
    {"name": "end", "type": "date"},
    {"name": "mail", "type": "string"},
]
HEADER = ",".join(column["name"] for column in COLUMNS)


def contract(*rules: dict[str, Any], **changes: Any) -> Contract:
    return Contract.model_validate({
        "dataset": "things", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
        "classification": "internal", "columns": COLUMNS, "rules": rules, "max_quarantined": 0.9, **changes,
    })  # fmt: skip


class Onboarded:
    """A file's rows after onboarding."""

    def __init__(self, folder: Path, asked: Contract, *rows: str, references: Any = None) -> None:
        self.folder = folder
        (folder / "file.csv").write_text("\n".join([HEADER, *rows]) + "\n")
        self.report: OnboardingReport = onboard_file(
            contract=asked, file=folder / "file.csv", output=folder / "out", arrival_id="a", hash_key=KEY,
            references=references,
        )  # fmt: skip

    def curated(self, *names: str) -> list[tuple[Any, ...]]:
        path = self.folder / "out" / CURATED
        return duckdb.sql(f"SELECT {', '.join(names)} FROM read_parquet('{path}')").fetchall()

    def quarantined(self, *names: str) -> list[tuple[Any, ...]]:
        path = self.folder / "out" / QUARANTINE
        return duckdb.sql(f"SELECT {', '.join(names)} FROM read_parquet('{path}')").fetchall()


@pytest.mark.parametrize(
    ("rule", "row", "kind", "value"),
    [
        ({"augment": "derive", "type": "decimal", "sql": "whole * number"}, "1,,2,1.5,,,", "decimal", 3.0),
        ({"augment": "derive", "type": "decimal", "sql": "number / 0"}, "1,,2,1.5,,,", "decimal", None),
        (
            {"augment": "derive", "type": "integer", "sql": "whole * whole * whole"},
            "1,,9000000000000000000,,,,",
            "integer",
            None,
        ),
        (
            {"augment": "derive", "type": "boolean", "sql": "text LIKE 'a%' AND whole > 1"},
            "1,ab,2,,,,",
            "boolean",
            True,
        ),
        ({"augment": "date_part", "of": "day", "part": "weekday"}, "1,,,,2025-11-23,,", "integer", 7),
        ({"augment": "date_part", "of": "day", "part": "week"}, "1,,,,2027-01-01,,", "integer", 53),
        ({"augment": "date_part", "of": "day", "part": "quarter"}, "1,,,,2025-11-23,,", "integer", 4),
        ({"augment": "duration", "start": "day", "end": "end"}, "1,,,,2025-01-01,2025-03-01,", "integer", 59),
        (
            {"augment": "duration", "start": "day", "end": "end", "unit": "years"},
            "1,,,,2000-02-29,2001-02-28,",
            "integer",
            0,
        ),
        (
            {"augment": "duration", "start": "day", "end": "end", "unit": "years"},
            "1,,,,2000-02-28,2001-02-28,",
            "integer",
            1,
        ),
        (
            {"augment": "duration", "start": "day", "end": "end", "unit": "months"},
            "1,,,,2025-03-15,2025-01-20,",
            "integer",
            -1,
        ),
        ({"augment": "duration", "start": "day", "end": "end"}, "1,,,,,2025-03-01,", "integer", None),
        ({"augment": "bins", "of": "whole", "edges": [10, 20]}, "1,,10,,,,", "string", "10 to 20"),
        ({"augment": "bins", "of": "whole", "edges": [10, 20]}, "1,,20,,,,", "string", "20 and above"),
        (
            {"augment": "bins", "of": "whole", "edges": [18], "labels": ["minor", "adult"]},
            "1,,17,,,,",
            "string",
            "minor",
        ),
        ({"augment": "bins", "of": "whole", "edges": [18]}, "1,,,,,,", "string", None),
        ({"augment": "concat", "of": ["id", "text", "whole"], "separator": "-"}, "1,,2,,,,", "string", "1-2"),
        ({"augment": "text_length", "of": "text"}, "1,Zoë a,,,,,", "integer", 5),
        ({"augment": "text_length", "of": "text", "count": "words"}, "1, a  b c ,,,,,", "integer", 3),
        ({"augment": "coalesce", "of": ["day", "end"]}, "1,,,,,2025-03-01,", "date", "2025-03-01"),
        ({"augment": "constant", "value": "7", "type": "integer"}, "1,,,,,,", "integer", 7),
        (
            {"augment": "lookup", "of": "text", "values": {"a": "x"}, "otherwise": "z"},
            "1,a,,,,,",
            "string",
            "x",
        ),
        (
            {"augment": "lookup", "of": "text", "values": {"a": "x"}, "otherwise": "z"},
            "1,b,,,,,",
            "string",
            "z",
        ),
        (
            {"augment": "lookup", "of": "text", "values": {"a": "x"}, "otherwise": "z"},
            "1,,,,,,",
            "string",
            None,
        ),
    ],
)
def test_a_column_is_made(tmp_path: Path, rule: dict[str, Any], row: str, kind: str, value: Any) -> None:
    found = Onboarded(tmp_path, contract({**rule, "column": "made"}), row)
    assert found.report.columns[-1].model_dump() == {"name": "made", "type": kind}
    [(made,)] = found.curated("made")
    assert (str(made) if kind == "date" else made) == value
    assert found.report.changes[0].rows == (value is not None)


def test_keys_made_of_values_tell_values_apart(tmp_path: Path) -> None:
    rule = {"augment": "hash_key", "column": "made", "of": ["id", "text"]}
    found = Onboarded(tmp_path, contract(rule), "ab,c,,,,,", "a,bc,,,,,", "ab,c,,,,,", "ab,,,,,,")
    keys = [key for (key,) in found.curated("made")]
    assert keys[0] == keys[2] == hashlib.sha256(b"2:ab1:c").hexdigest()[:32]
    assert len(set(keys)) == 3


def test_kinds_are_applied_in_their_order_and_rules_see_what_was_made(tmp_path: Path) -> None:
    asked = contract(
        {"check": "between", "column": "double", "maximum": 10},
        {"augment": "derive", "column": "double", "type": "decimal", "sql": "number * 2"},
        {"augment": "derive", "column": "four", "type": "decimal", "sql": "double * 2"},
        {"standardise": "numbers", "column": "number", "decimal_separator": ",", "thousands_separator": "."},
        {"standardise": "trim", "columns": ["id", "text"]},
    )
    found = Onboarded(tmp_path, asked, ' a ,x,,"4,5",,,', 'b,x,,"1.000,5",,,', "c,x,,?,,,")
    assert found.curated("id", "number", "double", "four") == [("a", 4.5, 9.0, 18.0)]
    assert found.quarantined("line", "number", "reasons") == [
        (3, "1.000,5", ["column double: found '2001.0', expected at most 10"]),
        (4, "?", ["column number: found '?', expected decimal"]),
    ]
    assert {(change.rule, change.rows) for change in found.report.changes} == {
        ("numbers", 2), ("trim", 1), ("derive", 2),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"augment": "derive", "column": "a", "type": "integer", "sql": "(SELECT 1)"}], "may not hold Subquery"),
        ([{"augment": "derive", "column": "a", "type": "integer", "sql": "nothing + 1"}], "needs nothing"),
        ([{"augment": "derive", "column": "a", "type": "integer", "sql": "b + 1"},
          {"augment": "derive", "column": "b", "type": "integer", "sql": "whole + 1"}], "made before it"),
        ([{"augment": "constant", "column": "ID", "value": "x"}], "there already"),
        ([{"augment": "bins", "column": "a", "of": "whole", "edges": [2, 1]}], "do not ascend"),
        ([{"standardise": "trim", "column": "made"}, {"augment": "constant", "column": "made", "value": "x"}],
         "made before it"),
        ([{"comply": "mask", "column": "id"}, {"comply": "drop", "column": "id"}], "second protection"),
        ([{"enrich": "table", "on": {"id": "k"}, "take": [{"column": "v"}], "rows": [{"k": "1"}]}], "lacks v"),
        ([{"enrich": "join", "dataset": "d", "on": {"id": "k"}, "take": [{"column": "v"}],
           "duplicates": "first"}], "needs order_by"),
    ],
)  # fmt: skip
def test_a_contract_that_contradicts_itself_is_refused(rules: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        contract(*rules)


def test_protection_in_declaration_and_rule_contradict() -> None:
    columns = [{"name": "id", "type": "string", "protect": "hash"}]
    with pytest.raises(ValueError, match="comply mask contradicts protect in the declaration of id"):
        contract({"comply": "mask", "column": "id"}, columns=columns)


def test_a_rule_that_cannot_be_computed_is_named(tmp_path: Path) -> None:
    asked = contract({"augment": "derive", "column": "a", "type": "integer", "sql": "lower(day) + 1"})
    with pytest.raises(InvalidSpec, match="augment derive on a cannot be computed"):
        Onboarded(tmp_path, asked, "1,,,,2025-01-01,,")


TABLE = {
    "enrich": "table", "on": {"text": "code"}, "take": [{"column": "label"}, {"column": "rank", "type": "integer"}],
    "rows": [{"code": "a", "label": "first", "rank": 1}, {"code": "b", "label": None, "rank": 2}],
}  # fmt: skip


def test_columns_come_from_a_table_in_the_contract(tmp_path: Path) -> None:
    found = Onboarded(tmp_path, contract(TABLE), "1,b,,,,,", "2,a,,,,,", "3,z,,,,,", "4,,,,,,")
    assert found.curated("id", "label", "rank") == [
        ("1", None, 2), ("2", "first", 1), ("3", None, None), ("4", None, None),
    ]  # fmt: skip
    assert found.report.changes[0].rows == 2


def test_a_missing_key_can_quarantine_its_row(tmp_path: Path) -> None:
    found = Onboarded(
        tmp_path, contract({**TABLE, "missing": "quarantine"}), "1,b,,,,,", "3,z,,,,,", "4,,,,,,"
    )
    assert found.curated("id") == [("1",), ("4",)]
    assert found.quarantined("reasons") == [
        (["column text: found 'z', expected a key of the reference rows"],)
    ]
    with pytest.raises(TooManyBadRows, match="a key of the reference rows"):
        Onboarded(tmp_path, contract({**TABLE, "missing": "refuse"}), "1,b,,,,,", "3,z,,,,,")


def reference(folder: Path, query: str) -> list[Path]:
    path = folder / "reference.parquet"
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return [path]


JOIN = {
    "enrich": "join",
    "dataset": "prices",
    "on": {"text": "code"},
    "take": [{"column": "price", "type": "decimal"}],
}


def test_no_row_is_lost_moved_or_repeated_by_a_join(tmp_path: Path) -> None:
    files = reference(
        tmp_path, "SELECT 'k' || (range % 50) AS code, range::DOUBLE AS price, range AS n FROM range(1000)"
    )
    rows = [f"{number},k{number * 7 % 60},,,,," for number in range(5000)]
    first = {**JOIN, "duplicates": "first", "order_by": ["n"]}
    found = Onboarded(tmp_path, contract(first), *rows, references={"prices": files})
    assert [int(key) for (key,) in found.curated("id")] == list(range(5000))
    expected = [float(n * 7 % 60) if n * 7 % 60 < 50 else None for n in range(5000)]
    assert [price for (price,) in found.curated("price")] == expected


def test_a_key_with_several_reference_rows_is_an_error(tmp_path: Path) -> None:
    files = reference(tmp_path, "SELECT 'a' AS code, range::DOUBLE AS price FROM range(2)")
    with pytest.raises(InvalidSpec, match="2 rows of the key a"):
        Onboarded(tmp_path, contract(JOIN), "1,a,,,,,", references={"prices": files})


@pytest.mark.parametrize(
    ("query", "words"),
    [("SELECT 'a' AS code", "price"), ("SELECT 'a' AS code, 'dear' AS price", "Could not convert")],
)
def test_reference_data_that_do_not_fit_are_an_error(tmp_path: Path, query: str, words: str) -> None:
    with pytest.raises(InvalidSpec, match=words):
        Onboarded(tmp_path, contract(JOIN), "1,a,,,,,", references={"prices": reference(tmp_path, query)})
    with pytest.raises(InvalidSpec, match="Onboard a file of prices first"):
        Onboarded(tmp_path, contract(JOIN), "1,a,,,,,")


def test_reference_rows_are_those_of_the_time(tmp_path: Path) -> None:
    files = reference(
        tmp_path,
        "SELECT * FROM (VALUES ('a', DATE '2025-01-01', 1.0), ('a', DATE '2025-02-01', 2.0)) t(code, since, price)",
    )
    rule = {**JOIN, "enrich": "as_of", "at": "day", "since": "since"}
    rows = [
        "1,a,,,2025-01-31,,",
        "2,a,,,2025-02-01,,",
        "3,a,,,2024-12-31,,",
        "4,b,,,2025-03-01,,",
        "5,a,,,,,",
    ]
    found = Onboarded(tmp_path, contract(rule), *rows, references={"prices": files})
    assert found.curated("id", "price") == [("1", 1.0), ("2", 2.0), ("3", None), ("4", None), ("5", None)]
    assert references_needed(contract(rule)) == ("prices",)


def hashed(value: str) -> str:
    return hmac.new(KEY, value.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("rule", "row", "column", "value"),
    [
        ({"comply": "mask", "column": "text"}, "1,1234567890123456,,,,,", "text", "************3456"),
        ({"comply": "mask", "column": "text"}, "1,abc,,,,,", "text", "*******c"),
        ({"comply": "mask", "column": "text", "keep": 2, "side": "start", "sign": "#"},
         "1,abcdefgh,,,,,", "text", "ab######"),
        ({"comply": "mask", "column": "mail", "email": True}, "1,,,,,,ann@example.org", "mail",
         "a********@example.org"),
        ({"comply": "mask", "column": "mail", "email": True, "keep": 0}, "1,,,,,,nobody", "mail", "********"),
        ({"comply": "mask", "column": "text"}, "1,,,,,,", "text", None),
        ({"comply": "hash", "column": "mail"}, "1,,,,,,ann@example.org", "mail", hashed("ann@example.org")),
        ({"comply": "truncate", "column": "text", "keep": 3}, "1,10115,,,,,", "text", "101"),
        ({"comply": "truncate", "column": "text", "keep": 3, "ending": "xx"}, "1,10115,,,,,", "text", "101xx"),
        ({"comply": "generalise_number", "column": "whole", "width": 10}, "1,,34,,,,", "whole", "30-39"),
        ({"comply": "generalise_number", "column": "whole", "width": 10}, "1,,-1,,,,", "whole", "-10--1"),
        ({"comply": "generalise_number", "column": "number", "width": 10, "highest": 90}, "1,,,91.5,,,",
         "number", "above 90"),
        ({"comply": "generalise_date", "column": "day", "to": "month"}, "1,,,,2025-11-23,,", "day", "2025-11-01"),
        ({"comply": "generalise_date", "column": "day", "to": "decade"}, "1,,,,1987-11-23,,", "day", "1980-01-01"),
        ({"comply": "generalise_ip", "column": "text"}, "1,192.0.2.77,,,,,", "text", "192.0.2.0/24"),
        ({"comply": "generalise_ip", "column": "text"}, "1,2001:DB8:1:2::3,,,,,", "text", "2001:db8:1::/48"),
        ({"comply": "generalise_ip", "column": "text"}, "1,my place,,,,,", "text", "(protected)"),
        ({"comply": "redact", "column": "text"},
         '1,"Ann (ann@example.org, +49 170 1234567) paid DE89 3704 0044 0532 0130 00 with 4111 1111 1111 1111",,,,,',
         "text", "Ann ([email], [phone]) paid [iban] with [card]"),
        ({"comply": "redact", "column": "text", "kinds": [], "patterns": {"case": "C-[0-9]+"}},
         "1,see C-12 and 0170 1234567,,,,,", "text", "see [case] and 0170 1234567"),
    ],
)  # fmt: skip
def test_values_are_protected(
    tmp_path: Path, rule: dict[str, Any], row: str, column: str, value: str | None
) -> None:
    found = Onboarded(tmp_path, contract(rule), row)
    [(protected,)] = found.curated(column)
    assert (None if protected is None else str(protected)) == value
    assert found.report.changes[0].rows == (value is not None)


def test_tokens_look_like_their_values(tmp_path: Path) -> None:
    rows = ["1,AB-12 zé,,,,,", "2,AB-12 zé,,,,,", "3,AB-13 zé,,,,,"]
    found = Onboarded(tmp_path, contract({"comply": "tokenise", "column": "text"}), *rows)
    tokens = [token for (token,) in found.curated("text")]
    assert tokens[0] == tokens[1] != tokens[2]
    assert "AB-12 zé" not in tokens
    for token in tokens:
        assert re.fullmatch("[A-Z]{2}-[0-9]{2} [a-z]{2}", token)
    codes = Onboarded(tmp_path, contract({"comply": "tokenise", "column": "text", "form": "code"}), *rows)
    assert {len(code) for (code,) in codes.curated("text")} == {26}
    assert len(set(codes.curated("text"))) == 2


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"comply": "tokenise", "column": "id"}, "form: code for columns that identify rows"),
        ({"comply": "redact", "column": "day"}, "day of type date"),
        ({"comply": "generalise_date", "column": "text", "to": "year"}, "date or timestamp"),
    ],
)
def test_a_protection_that_does_not_fit_its_column_is_refused(rule: dict[str, Any], words: str) -> None:
    columns = [{**column, "key": column["name"] == "id"} for column in COLUMNS]
    with pytest.raises(InvalidSpec, match=words):
        needs_key(contract(rule, columns=columns))


def test_dropped_columns_may_still_be_read_by_rules(tmp_path: Path) -> None:
    asked = contract(
        {"augment": "bins", "column": "group", "of": "whole", "edges": [18]},
        {"comply": "drop", "column": "whole"},
    )
    found = Onboarded(tmp_path, asked, "1,,17,,,,", "2,,x,,,,")
    assert "whole" not in [column.name for column in found.report.columns]
    assert found.curated("id", '"group"') == [("1", "below 18")]
    path = found.folder / "out" / QUARANTINE
    named = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{path}')").fetchall()
    assert "whole" not in [name for name, *_ in named]


@pytest.mark.parametrize(
    ("rule", "row", "shown"),
    [
        ({"comply": "mask", "column": "text"}, "1,4111111111111111,x,,,,", "************1111"),
        ({"comply": "hash", "column": "text"}, "1,secret,x,,,,", hashed("secret")),
        ({"comply": "generalise_date", "column": "day", "to": "year"}, "1,,x,,1987-11-23,,", "1987-01-01"),
        ({"comply": "generalise_date", "column": "day", "to": "year"}, "1,,x,,23 Nov 1987,,", "(protected)"),
        ({"comply": "generalise_number", "column": "whole", "width": 10}, "1,,secret,,,,", "(protected)"),
        ({"comply": "redact", "column": "mail"}, "1,,x,,,,ann@example.org", "[email]"),
    ],
)
def test_quarantine_is_protected_too(tmp_path: Path, rule: dict[str, Any], row: str, shown: str) -> None:
    found = Onboarded(tmp_path, contract(rule), row, "2,,,,,,")
    assert found.quarantined(rule["column"]) == [(shown,)]
    secret = row.split(",", 1)[1]
    written = found.report.model_dump_json() + str(found.quarantined("*"))
    assert all(value not in written for value in secret.split(",") if len(value) > 5)


def test_lines_that_are_no_records_do_not_tell_protected_values(tmp_path: Path) -> None:
    found = Onboarded(tmp_path, contract({"comply": "mask", "column": "text"}), "1,,,,,,", "too,secret,few")
    assert found.quarantined("raw") == [("(protected: 14 characters)",)]


def test_what_is_made_of_personal_data_is_personal() -> None:
    columns = [{"name": "born", "type": "date", "sensitivity": "personal"}]
    asked = contract(
        {"augment": "date_part", "column": "year", "of": "born", "part": "year"}, columns=columns
    )
    assert all_columns(asked)[1].sensitivity == "personal"
    assert curated_columns(asked)[1].sensitivity == "personal"


def test_only_hashes_and_tokens_need_the_key() -> None:
    assert not needs_key(contract({"comply": "mask", "column": "id"}))
    assert needs_key(contract({"comply": "tokenise", "column": "id"}))


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    asked = contract(
        {"standardise": "case", "column": "text", "to": "upper"}, {**TABLE, "on": {"id": "code"}},
        {"augment": "hash_key", "column": "key", "of": ["id", "text"]}, {"comply": "tokenise", "column": "mail"},
    )  # fmt: skip
    rows = [f"{number},t{number % 13},{number},1.5,2025-01-01,,a@b.c" for number in range(3000)]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        Onboarded(tmp_path / name, asked, *rows)
    one, two = ((tmp_path / name / "out" / CURATED).read_bytes() for name in ("one", "two"))
    assert one == two
