"""A validation as a document, as metrics and as a page; what it counts beside broken rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from penstock.errors import EmptyFile, InvalidSpec, UnreadableFile
from penstock.quality import Context, Validation, asking, validate
from penstock.quality.metrics import validation_metrics
from penstock.quality.report import render
from tests.integration.quality.asking import Row, connect, contract, of_typed, validation

NUMBER = [{"name": "number", "type": "decimal"}]
NOTHING = Context()


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as one:
        yield one


def numbers(*values: object) -> list[Row]:
    return [{"number": None if value is None else str(value)} for value in values]


def test_mostly_is_a_share_of_the_rows_that_have_a_value(connection: duckdb.DuckDBPyConnection) -> None:
    rule = {"check": "between", "column": "number", "maximum": 1, "mostly": 0.5}
    [found] = of_typed(connection, contract(rule, columns=NUMBER), numbers(1, 2, None, None), NOTHING)
    assert (found.rows, found.missing, found.broken, found.share, found.status) == (4, 2, 1, 0.5, "passed")


def test_repetitions_are_counted_as_rows_and_as_values(connection: duckdb.DuckDBPyConnection) -> None:
    rule = {"check": "unique", "column": "number"}
    [found] = of_typed(connection, contract(rule, columns=NUMBER), numbers(1, 1, 1, 2, 2, 3), NOTHING)
    assert (found.broken, found.details) == (3, {"repeated_values": 2})
    assert [example.row for example in found.examples] == [1, 2, 4]


def test_twenty_examples_are_shown_with_their_values(connection: duckdb.DuckDBPyConnection) -> None:
    rule = {"check": "between", "column": "number", "maximum": 0}
    [found] = of_typed(connection, contract(rule, columns=NUMBER), numbers(0, *range(1, 30)), NOTHING)
    assert found.broken == 29
    assert [example.row for example in found.examples] == list(range(1, 21))
    assert found.examples[0].values == {"number": "1.0"}


@pytest.mark.parametrize(
    ("kind", "declared", "values", "wrong", "missing"),
    [
        ("DOUBLE", "decimal", "'1.5', 'nan', 'inf', NULL", 1, 2),
        ("DOUBLE", "integer", "1.0, 1.5, 1e300, NULL", 2, 1),
        ("VARCHAR", "integer", "'1', 'x', NULL", 1, 1),
        ("HUGEINT", "integer", "1, 170141183460469231731687303715884105727", 1, 0),
        ("DECIMAL(9,2)", "decimal", "1.25, NULL", 0, 1),
        ("TIMESTAMP", "date", "'2025-01-01', '2025-01-01 10:00:00'", 1, 0),
        ("TIMESTAMP WITH TIME ZONE", "timestamp", "'2025-01-01 00:00:00+02'", 0, 0),
        ("INTEGER", "string", "1, NULL", 0, 1),
        ("INTEGER", "boolean", "0, 1, 2", 1, 0),
        ("FLOAT", "decimal", "'0.5', 'nan'", 0, 1),
    ],
)
def test_values_that_are_none_of_the_declared_type_are_found(
    connection: duckdb.DuckDBPyConnection, *, kind: str, declared: str, values: str, wrong: int, missing: int
) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE given AS SELECT unnest([{values}]::{kind}[]) AS a")
    asked = contract({"check": "not_null", "column": "a"}, columns=[{"name": "a", "type": declared}])
    found = {one.check: one.broken for one in validate(asked, "given", connection=connection).results}
    assert (found.get("type", 0), found["not_null"]) == (wrong, missing)


def test_a_column_that_is_not_there_is_a_failure_not_a_pass(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TABLE given AS SELECT 1.5::DOUBLE AS other")
    asked = contract({"check": "between", "column": "number", "minimum": 0}, columns=NUMBER)
    found = validate(asked, "given", connection=connection)
    assert [(one.check, one.status, one.examples[0].reason) for one in found.results] == [
        ("type", "failed", "column number: not in the data"),
        ("between", "failed", "column number: not in the data"),
    ]


def test_rows_are_numbered_over_several_files(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.parquet" for name in "ab"]
    for number, file in enumerate(files):
        duckdb.sql(f"SELECT (i + {number * 3})::DOUBLE AS number FROM range(3) AS t(i)").write_parquet(
            str(file)
        )
    asked = contract({"check": "in_set", "column": "number", "values": [0, 1, 2, 3]}, columns=NUMBER)
    found = validate(asked, files)
    assert [example.row for example in found.failed[0].examples] == [4, 5]
    assert found.rows == 6


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("id\n1\n")
    with pytest.raises(UnreadableFile, match=r"a\.parquet"):
        validate(contract(columns=NUMBER), tmp_path / "a.parquet")
    with pytest.raises(EmptyFile):
        validate(contract(columns=NUMBER), [])


def test_a_rule_that_cannot_be_computed_is_blamed(connection: duckdb.DuckDBPyConnection) -> None:
    rule = {"check": "matches", "column": "text", "pattern": "((a{1000}){1000}){10}"}
    with pytest.raises(InvalidSpec, match="matches on text"):
        of_typed(connection, contract(rule), [{"text": "a"}], NOTHING)


@pytest.fixture
def found(connection: duckdb.DuckDBPyConnection) -> Validation:
    rules: list[dict[str, Any]] = [
        {"check": "between", "column": "number", "maximum": 1, "reason": "<b>Small</b>"},
        {"check": "mean", "column": "number", "maximum": 9},
        {"check": "freshness", "column": "moment", "hours": 1},
    ]
    context = Context(row_counts=(5, 6))
    return validation(connection, contract(*rules), numbers(1, 2), context)


def test_a_validation_is_a_document_that_reads_back(found: Validation) -> None:
    document = json.loads(found.model_dump_json())
    assert document["version"] == "1"
    assert Validation.model_validate(document) == found
    assert [one["status"] for one in document["results"] if one["rule"]] == ["failed", "passed", "skipped"]
    assert document["results"][-3]["rule"]["maximum"] == 1


def test_metrics_have_the_dataset_and_each_failed_rule_as_dimensions(found: Validation) -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC).isoformat()
    dataset, rule = validation_metrics(found, use_case="uc", at=at)
    assert (dataset["rows"], dataset["rules_failed"], dataset["rules_skipped"]) == (2, 1, 1)
    assert (rule["rule"], rule["broken_rows"], rule["passing_share"]) == ("between.number", 1, 0.5)
    for line in (dataset, rule):
        [declared] = line["_aws"]["CloudWatchMetrics"]
        assert declared["Namespace"] == "Penstock/Quality"
        assert {*declared["Dimensions"][0], *(one["Name"] for one in declared["Metrics"])} <= set(line)


def test_the_page_shows_failures_first_and_escapes_what_it_shows(found: Validation) -> None:
    page = render(found)
    assert page.index("between.number") < page.index("freshness.moment") < page.index("mean.number")
    assert "&lt;b&gt;Small&lt;/b&gt;" in page
    assert "<b>Small" not in page
    assert "Rows by arrival" in page


def test_the_page_stays_under_a_megabyte(found: Validation) -> None:
    failed = found.failed[0]
    example = failed.examples[0].model_copy(update={"reason": "x" * 300})
    many = failed.model_copy(update={"examples": (example,) * 20})
    page = render(found.model_copy(update={"results": (many,) * 5_500}))
    assert len(page.encode()) < 1_000_000


class _Noted:
    """An engine that notes what it is asked."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.queries: list[str] = []

    def execute(self, query: str, /) -> Any:
        self.queries.append(query)
        return self._connection.execute(query)


def test_distinct_values_are_counted_beside_no_other_column() -> None:
    with duckdb.connect() as connection:
        asking.show_rows(connection, "SELECT 'a' AS t0, unnest([1, 2]) AS t1")
        noted = _Noted(connection)
        found = asking.answers(noted, ["count(DISTINCT t0) < 2", "sum(t1)", "count(DISTINCT t0)"])
    assert found == {"count(DISTINCT t0) < 2": True, "sum(t1)": 3, "count(DISTINCT t0)": 1}
    assert len(noted.queries) == 2
    assert not any("DISTINCT" in query and "t1" in query for query in noted.queries)
