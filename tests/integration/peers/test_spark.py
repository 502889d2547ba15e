"""The same rules on the same rows give the same counts on DuckDB and on Spark itself."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml

from penstock.quality import compile_contract, scan, source
from penstock.quality.in_place import spark_validate, validation_query
from penstock.quality.outcome import Outcome
from penstock.specs import Contract
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FILE = Path(__file__).parents[1] / "quality" / "dialects.yaml"
ROWS: dict[str, list[list[str | None]]] = {
    name: [[None if value == "null" else value for value in row] for row in rows]
    for name, rows in yaml.load(FILE.read_text(), yaml.BaseLoader)["rows"].items()
}


@cache
def contract() -> Contract:
    document = yaml.safe_load(FILE.read_text())
    return Contract.model_validate({
        "dataset": "things", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
        "classification": "internal", "columns": document["columns"], "rules": document["rules"],
    })  # fmt: skip


@pytest.fixture
def session(spark: SparkSession) -> SparkSession:
    own = spark.newSession()
    own.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    return own


def stored(folder: Path, rows: list[list[str | None]], names: list[str]) -> Path:
    path = folder / "things.parquet"
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE things ({', '.join(f'{quoted(name)} VARCHAR' for name in names)})")
    for row in rows:
        connection.execute(f"INSERT INTO things VALUES ({', '.join(map(literal, row))})")
    connection.execute(f"COPY things TO '{path}' (FORMAT parquet)")
    return path


def duckdb_counts(path: Path) -> list[Outcome]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    names = ", ".join(f"{quoted(one.name)} AS c{place}" for place, one in enumerate(contract().columns))
    connection.execute(f"CREATE TABLE arrived AS SELECT {names} FROM read_parquet('{path}')")
    return scan(connection, source(contract(), "arrived"), compile_contract(contract()))


def told(outcomes: list[Outcome], left_out: Any = ()) -> list[tuple[Any, ...]]:
    return [
        (
            one.condition.check,
            one.condition.columns,
            one.rows,
            one.broken,
            one.missing if one.condition.scope == "row" else 0,
        )
        for place, one in enumerate(outcomes)
        if place not in left_out
    ]


@pytest.mark.parametrize(("name", "ansi"), [*((name, "false") for name in ROWS), ("dirty", "true")])
def test_spark_counts_what_duckdb_counts(session: SparkSession, tmp_path: Path, name: str, ansi: str) -> None:
    session.conf.set("spark.sql.ansi.enabled", ansi)
    path = stored(tmp_path, ROWS[name], [column.name for column in contract().columns])
    session.read.parquet(str(path)).createOrReplaceTempView("things")
    left_out = validation_query(contract(), "things", "spark", written="text").left_out
    found = spark_validate(session, contract(), "things", written="text")
    assert told(found) == told(duckdb_counts(path), left_out)
    assert session.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"


def test_curated_data_are_checked_in_their_types(session: SparkSession, tmp_path: Path) -> None:
    columns = [
        {"name": "day", "type": "date"},
        {"name": "at", "type": "timestamp"},
        {"name": "n", "type": "integer"},
    ]
    rules = [
        {"check": "date_between", "column": "day", "latest": "2025-01-31"},
        {"check": "between", "column": "n", "minimum": 2}, {"check": "unique", "columns": ["day", "n"]},
        {"check": "in_set", "column": "at", "values": ["2025-01-01T10:00:00Z"]},
    ]  # fmt: skip
    document = contract().model_dump()
    asked = Contract.model_validate({**document, "columns": columns, "rules": rules})
    path = tmp_path / "curated.parquet"
    duckdb.execute(
        "COPY (SELECT DATE '2025-02-01' AS day, TIMESTAMP '2025-01-01 10:00:00' AS at, unnest([1, 2, 2]) AS n) "
        f"TO '{path}' (FORMAT parquet)"
    )
    session.read.parquet(str(path)).createOrReplaceTempView("curated")
    assert [(one.condition.check, one.broken) for one in spark_validate(session, asked, "curated")] == [
        ("date_between", 3), ("between", 1), ("unique", 1), ("in_set", 0),
    ]  # fmt: skip
