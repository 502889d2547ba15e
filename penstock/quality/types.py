"""How text becomes a typed value: strict, so that nothing is guessed."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

from penstock.quality.conditions import Cell, Condition, found
from penstock.specs import Contract
from penstock.specs.base import ColumnType

_SQL_TYPES: dict[ColumnType, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}

_WRITTEN: dict[ColumnType, str] = {
    "integer": r"[+-]?[0-9]+(\.0*)?",
    "decimal": r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "timestamp": r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?",
}
"""What a value must look like. DuckDB's own casts also take 1.5 and 0x1A as integers and NaN as a number."""


def sql_type(kind: ColumnType) -> str:
    """Return the SQL type of a contract's type.

    Examples
    --------
    >>> sql_type("decimal")
    'DOUBLE'
    """
    return _SQL_TYPES[kind]


def typed(text: str, kind: ColumnType) -> str:
    """Return an SQL expression of a text expression's value; null where the text is no value of the type.

    Times with an offset become UTC, times without one are taken as UTC.

    Examples
    --------
    >>> typed("c0", "string")
    'c0'
    """
    if kind == "string":
        return text
    value = f"trim({text})"
    if kind == "boolean":
        return (
            f"CASE WHEN lower({value}) IN ('true', 't', '1', 'yes', 'y') THEN TRUE "
            f"WHEN lower({value}) IN ('false', 'f', '0', 'no', 'n') THEN FALSE END"
        )
    cast = f"TRY_CAST({value} AS {_SQL_TYPES[kind]})"
    if kind == "timestamp":
        cast = f"CAST(TRY_CAST({value} AS TIMESTAMPTZ) AS TIMESTAMP)"
    if kind == "decimal":
        cast = f"nullif(nullif({cast}, 'inf'::DOUBLE), '-inf'::DOUBLE)"
    return f"CASE WHEN regexp_full_match({value}, '{_WRITTEN[kind]}') THEN {cast} END"


def cells_of(contract: Contract) -> dict[str, Cell]:
    """Return the cells of a contract's columns, by name: ``c0`` and ``t0`` are the first column's."""
    return {
        column.name: Cell(column, f"c{place}", f"t{place}") for place, column in enumerate(contract.columns)
    }


def source(contract: Contract, table: str) -> str:
    """Return a query of a table of texts ``c0, c1, …`` that adds its row numbers and typed values.

    Parameters
    ----------
    contract
        Gives the types, column by column.
    table
        Name of the table, safe as it is.

    Returns
    -------
    str
        A query with columns ``row`` (from 0), ``c0, c1, …`` and ``t0, t1, …``.
    """
    places = enumerate(contract.columns)
    values = [f"{typed(f'c{place}', column.type)} AS t{place}" for place, column in places]
    return f"SELECT rowid AS row, *, {', '.join(values)} FROM {table}"


def conditions_of(cell: Cell, *, required: bool) -> list[Condition]:
    """Return what a column's declaration alone demands: a value of its type, and one at all if required."""
    name, kind = cell.column.name, cell.column.type
    demands = []
    if kind != "string":
        demands.append(
            Condition(
                check="type",
                columns=(name,),
                reason=found({name: cell}, (name,), kind),
                passes=f"({cell.typed} IS NOT NULL OR {cell.text} IS NULL)",
            )
        )
    if required:
        demands.append(
            Condition(
                check="not_null",
                columns=(name,),
                passes=f"({cell.text} IS NOT NULL)",
                reason=f"'column {name}: found nothing, expected a value'",
            )
        )
    return demands
