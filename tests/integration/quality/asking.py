"""Putting rules to a few rows, as texts and as typed data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from penstock.quality import Context, Outcome, Result, Validation, compile_contract, scan, source, validate
from penstock.quality.types import sql_type
from penstock.specs import Contract
from penstock.tables import literal, quoted

COLUMNS: list[dict[str, Any]] = [
    {"name": "text", "type": "string"},
    {"name": "word", "type": "string"},
    {"name": "whole", "type": "integer"},
    {"name": "number", "type": "decimal"},
    {"name": "figure", "type": "decimal"},
    {"name": "flag", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "other", "type": "date"},
    {"name": "moment", "type": "timestamp"},
]
Row = Mapping[str, str | None]


def contract(*rules: dict[str, Any], columns: Sequence[dict[str, Any]] = COLUMNS, **more: Any) -> Contract:
    return Contract.model_validate({
        "dataset": "things", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
        "classification": "internal", "columns": columns, "rules": rules, **more,
    })  # fmt: skip


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
    return connection


def load_texts(connection: duckdb.DuckDBPyConnection, asked: Contract, rows: Sequence[Row]) -> None:
    names = [column.name for column in asked.columns]
    columns = ", ".join(f"c{place} VARCHAR" for place in range(len(names)))
    connection.execute(f"CREATE OR REPLACE TABLE things ({columns})")
    if rows:
        values = [f"({', '.join(literal(row.get(name)) for name in names)})" for row in rows]
        connection.execute(f"INSERT INTO things VALUES {', '.join(values)}")


def load_typed(connection: duckdb.DuckDBPyConnection, asked: Contract, rows: Sequence[Row]) -> None:
    load_texts(connection, asked, rows)
    typed = (
        f"CAST(c{place} AS {sql_type(column.type)}) AS {quoted(column.name)}"
        for place, column in enumerate(asked.columns)
    )
    connection.execute(f"CREATE OR REPLACE TABLE typed_things AS SELECT {', '.join(typed)} FROM things")


def of_texts(
    connection: duckdb.DuckDBPyConnection, asked: Contract, rows: Sequence[Row], context: Context
) -> list[Outcome]:
    """Return the outcomes of the rules on rows as texts."""
    load_texts(connection, asked, rows)
    found = scan(connection, source(asked, "things"), compile_contract(asked, context))
    return [outcome for outcome in found if outcome.condition.rule is not None]


def validation(
    connection: duckdb.DuckDBPyConnection, asked: Contract, rows: Sequence[Row], context: Context
) -> Validation:
    load_typed(connection, asked, rows)
    return validate(asked, "typed_things", context=context, connection=connection)


def of_typed(
    connection: duckdb.DuckDBPyConnection, asked: Contract, rows: Sequence[Row], context: Context
) -> list[Result]:
    """Return the results of the rules on the same rows in their types."""
    return [one for one in validation(connection, asked, rows, context).results if one.rule is not None]
