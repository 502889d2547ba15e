"""How text becomes a typed value: strict, so that nothing is guessed."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

import re

from penstock.quality.conditions import Cell, Condition, found
from penstock.specs import Column, Contract, ContractFormat
from penstock.specs.base import ColumnType
from penstock.specs.columns import all_columns, protected_columns
from penstock.specs.format import Changes
from penstock.tables import literal

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
    "timestamp": r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?",
}
"""What a value must look like. DuckDB's own casts also take 1.5 and 0x1A as integers and NaN as a number."""

_LOCAL = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
_GROUPS = {",": ",", ".": r"\.", " ": "[ \u00a0\u202f]", "'": "['\u2019]"}
"""How thousands may be separated, as a pattern."""


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


def value_of(column: Column, text: str, style: ContractFormat) -> str:
    """Return an SQL expression of a text expression's value as its column and format declare it.

    Parameters
    ----------
    column
        Its type, how dates are ``written``, and the ``timezone`` of times without an offset. A time that the
        clocks skip in spring is no value; one that comes twice in autumn is the second (standard time).
    text
        SQL expression of the text.
    style
        Separators of decimals and thousands.

    Examples
    --------
    >>> from penstock.specs import Column, ContractFormat
    >>> value_of(Column(name="day", type="date", written="%d.%m.%Y"), "c0", ContractFormat())
    "CAST(try_strptime(trim(c0), '%d.%m.%Y') AS DATE)"
    """
    if column.type in {"integer", "decimal"} and not _is_plain(style):
        return _number(text, column.type, style)
    if column.written and column.type in {"date", "timestamp"}:
        parsed = f"try_strptime(trim({text}), {literal(column.written)})"
        if column.type == "date":
            return f"CAST({parsed} AS DATE)"
        has_offset = "%z" in column.written.lower()
        return f"CAST({parsed} AS TIMESTAMP)" if has_offset else local_as_utc(parsed, column.timezone)
    if column.timezone and column.type == "timestamp":
        value = f"trim({text})"
        local = local_as_utc(f"TRY_CAST({value} AS TIMESTAMP)", column.timezone)
        zoned = typed(text, "timestamp")
        return f"CASE WHEN regexp_full_match({value}, '{_LOCAL}') THEN {local} ELSE {zoned} END"
    return typed(text, column.type)


def local_as_utc(local: str, zone: str) -> str:
    """Return SQL of a local time as UTC; null for times that the clocks of the zone skip."""
    if not zone:
        return local
    name = literal(zone)
    there = f"timezone({name}, {local})"
    return f"CASE WHEN timezone({name}, {there}) = {local} THEN CAST({there} AS TIMESTAMP) END"


def _is_plain(style: ContractFormat) -> bool:
    """Tell whether numbers are written as programs do."""
    return style.decimal_separator == "." and not style.thousands_separator


def _number(text: str, kind: ColumnType, style: ContractFormat) -> str:
    """Return SQL of a number with separators; null when thousands are not grouped by three."""
    point, group = re.escape(style.decimal_separator), _GROUPS.get(style.thousands_separator, "")
    whole = f"([0-9]{{1,3}}({group}[0-9]{{3}})+|[0-9]+)" if group else "[0-9]+"
    written = f"[+-]?{whole}({point}0*)?"
    if kind == "decimal":
        written = f"[+-]?({whole}({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?"
    plain = f"regexp_replace(trim({text}), {literal(group)}, '', 'g')" if group else f"trim({text})"
    plain = f"replace({plain}, {literal(style.decimal_separator)}, '.')"
    return f"CASE WHEN regexp_full_match(trim({text}), {literal(written)}) THEN {typed(plain, kind)} END"


def expectation(column: Column, style: ContractFormat) -> str:
    """Say in words what a value of a column must look like.

    Examples
    --------
    >>> from penstock.specs import Column, ContractFormat
    >>> expectation(Column(name="at", type="timestamp", timezone="Europe/Berlin"), ContractFormat())
    'timestamp, in Europe/Berlin a time that its clocks show'
    """
    words: str = column.type
    if column.type in {"date", "timestamp"} and column.written:
        words += f" written {column.written}"
    if column.type == "timestamp" and column.timezone:
        words += f", in {column.timezone} a time that its clocks show"
    if column.type in {"integer", "decimal"} and not _is_plain(style):
        group, point = style.thousands_separator, style.decimal_separator
        words += f" written like 1{group}234{group}567{f'{point}89' if column.type == 'decimal' else ''}"
    return words


def cells_of(contract: Contract) -> dict[str, Cell]:
    """Return the cells of a contract's columns, by name: ``c0`` and ``t0`` are the first column's.

    Columns that rules make come after the declared ones. What is protected is not shown.
    """
    hidden = protected_columns(contract)
    return {
        column.name: Cell(
            column.model_copy(update={"sensitivity": "personal"}) if column.name in hidden else column,
            f"c{place}",
            f"t{place}",
        )
        for place, column in enumerate(all_columns(contract))
    }


def source(
    contract: Contract, table: str, *, row: str = "rowid", native: frozenset[int] = frozenset()
) -> str:
    """Return a query of a table of texts ``c0, c1, …`` that adds its row numbers and typed values.

    Parameters
    ----------
    contract
        Gives the types, column by column.
    table
        Name of the table, safe as it is.
    row
        Its column of row numbers.
    native
        Places of the columns whose values need not be made from text: the table has them as ``n0, n1, …``.

    Returns
    -------
    str
        A query with columns ``row`` (from 0), ``c0, c1, …`` and ``t0, t1, …``.
    """
    texts, values = [], []
    for place, column in enumerate(contract.columns):
        made = f"n{place}" if place in native else value_of(column, f"c{place}", contract.format)
        texts.append(f"c{place}")
        values.append(f"{made} AS t{place}")
    return f"SELECT {row} AS row, {', '.join(texts + values)} FROM {table}"


def conditions_of(cell: Cell, contract: Contract) -> list[Condition]:
    """Return what a column's declaration alone demands: a value of its type, and one at all if required."""
    column, demands = cell.column, []
    if column.type != "string":
        demands.append(
            Condition(
                check="type",
                columns=(column.name,),
                reason=found({column.name: cell}, (column.name,), expectation(column, contract.format)),
                passes=f"({cell.typed} IS NOT NULL OR {cell.text} IS NULL)",
            )
        )
    needed, unless = _needed(column, contract)
    if needed:
        demands.append(
            Condition(
                check="not_null",
                columns=(column.name,),
                passes=f"({cell.text} IS NOT NULL{unless})",
                reason=f"'column {column.name}: found nothing, expected a value'",
            )
        )
    if contract.changes and column.name == contract.changes.operation:
        demands.append(_operation_known(cell, contract.changes))
    return demands


def _needed(column: Column, contract: Contract) -> tuple[bool, str]:
    """Tell whether a column must have a value, and SQL of when not: a deletion often has its key alone."""
    changes = contract.changes
    if column.key or (changes and column.name in {changes.operation, changes.order_by}):
        return True, ""
    if changes is None:
        return not column.nullable, ""
    place = [one.name for one in contract.columns].index(changes.operation)
    return (
        not column.nullable,
        f" OR coalesce(trim(c{place}) IN ({', '.join(map(literal, changes.delete))}), FALSE)",
    )


def _operation_known(cell: Cell, changes: Changes) -> Condition:
    """Return the demand that a change is an insert, an update or a delete."""
    known = (*changes.insert, *changes.update, *changes.delete)
    return Condition(
        check="in_set",
        columns=(cell.column.name,),
        passes=f"(trim({cell.text}) IN ({', '.join(map(literal, known))}))",
        reason=found({cell.column.name: cell}, (cell.column.name,), f"one of {', '.join(known)}"),
    )
