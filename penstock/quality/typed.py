"""Typed data as conditions see them: Parquet files or a table, without a detour over text."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (x0, t0)

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import EmptyFile, UnreadableFile
from penstock.quality.asking import show_rows
from penstock.quality.conditions import Cell
from penstock.quality.examples import HEAD
from penstock.quality.types import sql_type, value_of
from penstock.specs import Column, Contract, ContractFormat
from penstock.specs.base import ColumnType
from penstock.specs.columns import all_columns, protected_columns
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NAME = re.compile(r"\b[tx]\d+\b")
_SMALL = frozenset("TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER".split())
_LARGE = frozenset("UBIGINT HUGEINT UHUGEINT DECIMAL".split())
_FLOATS = frozenset("FLOAT DOUBLE".split())
_MOMENTS = frozenset(
    ["TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "DATE"]
)
_SAME: dict[ColumnType, frozenset[str]] = {
    "string": frozenset({"VARCHAR"}),
    "integer": frozenset({"BIGINT"}),
    "decimal": frozenset(),
    "boolean": frozenset({"BOOLEAN"}),
    "date": frozenset({"DATE"}),
    "timestamp": frozenset({"TIMESTAMP"}),
}
"""Types that need no cast."""
_WIDENED: dict[ColumnType, frozenset[str]] = {
    "integer": _SMALL,
    "decimal": _SMALL | _LARGE,
    "timestamp": _MOMENTS,
}
"""Types whose every value is one of the declared type."""
_PARTLY: dict[ColumnType, tuple[frozenset[str], str]] = {
    "integer": (_LARGE | _FLOATS, "CASE WHEN {0} = trunc({0}) THEN TRY_CAST({0} AS BIGINT) END"),
    "decimal": (_FLOATS, "CASE WHEN isfinite({0}) THEN CAST({0} AS DOUBLE) END"),
    "date": (_MOMENTS, "CASE WHEN {0} = date_trunc('day', {0}) THEN CAST({0} AS DATE) END"),
}
"""Types of which only some values are, and SQL of these."""


@dataclass(frozen=True)
class TypedRows:
    """A query of typed rows, and what its columns are.

    Parameters
    ----------
    columns
        SQL of each expression that the cells speak of, by name.
    table, head
        What stands after FROM, with SQL of a row's number (from 0, in the order of the files); ``head`` is
        the first file alone, where the first examples are looked for.
    cells
        By name, the columns that both contract and data have.
    names
        The data's own columns in their order.
    """

    columns: Mapping[str, str]
    table: tuple[str, str]
    head: tuple[str, str]
    cells: Mapping[str, Cell]
    names: tuple[str, ...]

    def source(self, wanted: Iterable[str], *, head: bool = False) -> str:
        """Return a query of the rows with ``row`` and those of the columns that are wanted and there."""
        table, row = self.head if head else self.table
        parts = [f"{self.columns[name]} AS {name}" for name in sorted(wanted) if name in self.columns]
        return f"SELECT {', '.join([f'{row} AS row', *parts])} FROM {table}"


class Narrow:
    """An engine that sees of typed rows only the columns that a query names: thousands are slow to plan."""

    def __init__(self, connection: DuckDBPyConnection, rows: TypedRows) -> None:
        self._connection, self._rows = connection, rows
        self._shown: frozenset[str] | None = None

    def execute(self, query: str, /) -> Any:
        """Run a query over ``asked`` or ``asked_head``."""
        wanted = frozenset(_NAME.findall(query)) & self._rows.columns.keys()
        if wanted != self._shown:
            show_rows(self._connection, self._rows.source(wanted))
            head = self._rows.source(wanted, head=True)
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {HEAD} AS {head}")
            self._shown = wanted
        return self._connection.execute(query)


def typed_rows(
    connection: DuckDBPyConnection, contract: Contract, data: Path | Sequence[Path] | str
) -> TypedRows:
    """Look at typed data as a contract declares them.

    Parameters
    ----------
    connection
        The engine; its time zone is UTC.
    contract
        Declares the columns; those that rules make count when the data have them.
    data
        Parquet files, in order, or the name of a table or view.

    Raises
    ------
    UnreadableFile, EmptyFile
        A file is no Parquet file, or none is given.

    Notes
    -----
    A column whose type is wider than the declared one (decimal for integer) keeps the values that fit; others
    are no values of the type. One of an altogether other type is read as text, as onboarding reads it. NaN is
    no value; an infinite number is none of its type.

    Examples
    --------
    >>> import duckdb
    >>> connection = duckdb.connect()
    >>> _ = connection.execute("CREATE TABLE payments AS SELECT 1.5::FLOAT AS amount")
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal",
    ...     columns=[{"name": "amount", "type": "decimal"}])
    >>> typed_rows(connection, contract, "payments").cells["amount"].typed
    't0'
    """
    tables = _tables(connection, data)
    kinds = _kinds(connection, tables[0][0])
    hidden = protected_columns(contract)
    columns, cells = dict[str, str](), dict[str, Cell]()
    for place, column in enumerate(all_columns(contract)):
        if column.name not in kinds:
            continue
        raw, typed = _expressions(column, kinds[column.name], contract.format)
        columns |= {f"x{place}": raw, f"t{place}": typed}
        is_same = raw == typed
        shown = column.model_copy(update={"sensitivity": "personal"}) if column.name in hidden else column
        cells[column.name] = Cell(
            column=shown,
            text=f"CAST({'t' if is_same else 'x'}{place} AS VARCHAR)"
            if column.type != "string"
            else f"t{place}",
            typed=f"t{place}",
            raw=f"t{place}" if is_same else f"x{place}",
        )
    return TypedRows(columns, *tables, cells, tuple(kinds))


def _tables(
    connection: DuckDBPyConnection, data: Path | Sequence[Path] | str
) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the data as SQL that can stand after FROM with SQL of a row's number; so the first file too."""
    if isinstance(data, str):
        numbered = f"(SELECT *, row_number() OVER () - 1 AS row_number_ FROM {quoted(data)}) AS numbered"
        return (numbered, "row_number_"), (numbered, "row_number_")
    files = [data] if isinstance(data, Path) else list(data)
    if not files:
        raise EmptyFile("There are no files to validate.", expected="at least one Parquet file")
    names = [literal(str(file)) for file in files]
    head = (f"read_parquet([{names[0]}])", "file_row_number")
    starts = _starts(connection, files, f"[{', '.join(names)}]")
    if len(files) == 1:
        return head, head
    before = f"list_extract({starts}, CAST(file_index AS BIGINT) + 1)"
    return (f"read_parquet([{', '.join(names)}])", f"({before} + file_row_number)"), head


def _starts(connection: DuckDBPyConnection, files: Sequence[Path], names: str) -> list[int]:
    """Return the number of the first row of each file; the counts stand in the files' last bytes."""
    import duckdb

    query = f"SELECT file_name, num_rows FROM parquet_file_metadata({names})"
    try:
        counts = dict(connection.execute(query).fetchall())
    except duckdb.Error as error:
        raise UnreadableFile(
            "A file is not Parquet.",
            found=str(error).splitlines()[0],
            where=", ".join(file.name for file in files),
            action="Validate Parquet files; onboard files of other formats.",
        ) from error
    return [0, *accumulate(int(counts[str(file)]) for file in files[:-1])]


def _kinds(connection: DuckDBPyConnection, table: str) -> dict[str, str]:
    """Return the data's columns with their SQL types."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    return {name: str(kind) for name, kind, *_ in described if name != "row_number_"}


def _expressions(column: Column, kind: str, style: ContractFormat) -> tuple[str, str]:
    """Return SQL of what is there and of its value; the same where every value is one of the type."""
    name, short = quoted(column.name), kind.partition("(")[0]
    if short in _SAME[column.type]:
        return name, name
    if column.type == "string" or short in _WIDENED.get(column.type, ()):
        value = f"CAST({name} AS {sql_type(column.type)})"
        return value, value
    there = f"nullif({name}, CAST('nan' AS {short}))" if short in _FLOATS else name
    kinds, value = _PARTLY.get(column.type, (frozenset(), ""))
    if short in kinds:
        return there, value.format(name)
    text = f"CAST({there} AS VARCHAR)"
    return text, value_of(column, text, style)
