"""The same rules on the same rows give the same counts on DuckDB and on Athena, as the local cloud translates it."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from local_cloud.emulator.athena import _MACROS, translate
from penstock.errors import InvalidSpec
from penstock.quality import compile_contract, scan, source
from penstock.quality.dialects import NotPortable, java_pattern, to_athena, to_spark, translated
from penstock.quality.in_place import ValidationQuery, validation_query
from penstock.specs import Contract
from penstock.tables import literal, quoted

ZOO = yaml.load((Path(__file__).parent / "dialects.yaml").read_text(), yaml.BaseLoader)
ROWS: dict[str, list[list[str | None]]] = {
    name: [[None if value == "null" else value for value in row] for row in rows]
    for name, rows in ZOO["rows"].items()
}


@cache
def contract() -> Contract:
    document = yaml.safe_load((Path(__file__).parent / "dialects.yaml").read_text())
    return Contract.model_validate({
        "dataset": "things", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
        "classification": "internal", "columns": document["columns"], "rules": document["rules"],
    })  # fmt: skip


def filled(rows: list[list[str | None]], names: list[str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    columns = ", ".join(f"{quoted(name)} VARCHAR" for name in names)
    connection.execute(f"CREATE SCHEMA lake; CREATE TABLE lake.things ({columns})")
    if rows:
        values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
        connection.execute(f"INSERT INTO lake.things VALUES {values}")
    for head, body in _MACROS.items():
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {head} AS {body}")
    return connection


def expected(rows: list[list[str | None]], query: ValidationQuery) -> dict[str, Any]:
    """Ask DuckDB itself, as onboarding does."""
    places = [f"c{place}" for place in range(len(contract().columns))]
    connection = filled(rows, places)
    connection.execute("CREATE TABLE arrived AS SELECT * FROM lake.things")
    found: dict[str, Any] = {"rows_seen": len(rows)}
    outcomes = scan(connection, source(contract(), "arrived"), compile_contract(contract()))
    for place, outcome in enumerate(outcomes):
        if place in query.left_out:
            continue
        if outcome.condition.scope == "file":
            found[f"passed_{place}"] = outcome.broken == 0
        else:
            found |= {f"broken_{place}": outcome.broken, f"missing_{place}": outcome.missing}
    return found


def labelled(query: ValidationQuery, answer: dict[str, Any]) -> dict[str, Any]:
    """Name the checks, so that a difference can be read."""

    def label(name: str) -> str:
        place = name.rpartition("_")[2]
        condition = query.conditions[int(place)] if place.isdigit() else None
        return f"{name} {condition.check} {condition.columns}" if condition else name

    return {label(name): value for name, value in answer.items()}


@pytest.mark.parametrize("name", ROWS)
def test_athena_counts_what_duckdb_counts(name: str) -> None:
    query = validation_query(contract(), "lake.things", "athena", written="text")
    connection = filled(ROWS[name], [column.name for column in contract().columns])
    result = connection.execute(translate(query.sql))
    names = [column[0] for column in result.description or []]
    [row] = result.fetchall()
    found = dict(zip(names, row, strict=True))
    assert labelled(query, found) == labelled(query, expected(ROWS[name], query))


@pytest.mark.parametrize("dialect", ["athena", "spark"])
def test_what_an_engine_is_not_asked_is_told(dialect: Any) -> None:
    query = validation_query(contract(), "lake.things", dialect, written="text")
    left = {query.conditions[place].check: reason for place, reason in query.left_out.items()}
    assert sorted(left) == ZOO["left_out"][dialect], left


def test_answers_become_outcomes() -> None:
    query = validation_query(contract(), "lake.things", "athena", written="text")
    answer = {name: str(value).lower() for name, value in expected(ROWS["dirty"], query).items()}
    outcomes = query.outcomes(answer)
    assert len(outcomes) == len(query.conditions) - len(query.left_out)
    key = next(outcome for outcome in outcomes if outcome.condition.check == "not_null")
    assert (key.rows, key.broken, key.passed) == (12, 1, False)


def test_curated_tables_are_checked_in_their_types() -> None:
    document = contract().model_dump()
    asked = Contract.model_validate({
        **document, "rules": [
            {"augment": "date_part", "column": "year", "of": "day", "part": "year"},
            {"check": "between", "column": "year", "minimum": 2025},
            {"comply": "drop", "column": "word"}, {"check": "unique", "column": "word"},
        ],
    })  # fmt: skip
    query = validation_query(asked, "lake.things", "athena")
    assert list(query.left_out.values()) == ["the table has no word"]
    connection = duckdb.connect()
    connection.execute(
        "CREATE SCHEMA lake; CREATE TABLE lake.things AS SELECT 'k' AS id, 'a' AS text, 1 AS whole, "
        "1.5::DOUBLE AS number, 1.5::DOUBLE AS figure, TRUE AS flag, DATE '2024-01-01' AS day, "
        "NULL::DATE AS other, NULL::TIMESTAMP AS moment, NULL::DATE AS german, 2024 AS year"
    )
    result = connection.execute(translate(query.sql))
    names = [column[0] for column in result.description or []]
    outcomes = query.outcomes(dict(zip(names, result.fetchall()[0], strict=True)))
    assert [(one.condition.check, one.broken) for one in outcomes] == [
        ("not_null", 0),
        ("unique", 0),
        ("between", 1),
    ]


def test_a_name_that_is_no_table_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="This is no table"):
        validation_query(contract(), "things; DROP TABLE things", "athena")


@pytest.mark.parametrize(
    "sql", ["quantile_cont(a, 0.5)", "list(a)", "a // 2", "[1, 2]", "hash(a)", "a::HUGEINT"]
)
def test_what_has_no_equal_in_athena_is_refused(sql: str) -> None:
    with pytest.raises(NotPortable):
        to_athena(sql)


def test_spark_reads_what_only_looks_alike() -> None:
    assert to_spark("regexp_matches(a, 'b$')") == r"a RLIKE 'b\\z'"
    assert "TRY_CAST" in to_spark("TRY_CAST(a AS DOUBLE)")
    assert to_spark("try_strptime(a, '%d.%m.%Y at %H')") == "TRY_TO_TIMESTAMP(a, 'd.M.y \\'at\\' H')"
    assert to_spark("try_strptime(a, '%Y%m%d')") == "TRY_TO_TIMESTAMP(a, 'yyyyMMdd')"
    with pytest.raises(NotPortable, match="backslash"):
        to_spark(r"a LIKE 'b\%'")


@pytest.mark.parametrize(
    ("pattern", "java"),
    [
        ("^a$", r"^a\z"), (r"a\$[$]", r"a\$[$]"), ("[a[&&b]", r"[a\[\&\&b]"), ("[^[:digit:]]", "[^0-9]"),
        ("(?P<x>a)", "(a)"), ("[]a]", r"[\]a]"), (r"\[a\]", r"\[a\]"),
    ],
)  # fmt: skip
def test_patterns_are_written_for_java(pattern: str, java: str) -> None:
    assert java_pattern(pattern) == java


def test_patterns_must_stand_in_the_query() -> None:
    with pytest.raises(NotPortable, match="written in the query"):
        translated("regexp_matches(a, b)", "athena")
