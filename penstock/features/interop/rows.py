"""The rows of our offline store, as queries: checked first, and those that exist."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import NotFound, SchemaMismatch
from penstock.features.offline.layout import DELETED, EVENT_TIMESTAMP, INVOKED, WRITE_TIME, parquet_files
from penstock.features.offline.rows import scan
from penstock.specs.base import ColumnType
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

API_TIME, IS_DELETED = INVOKED, DELETED
OF_THE_STORE = (WRITE_TIME, API_TIME, IS_DELETED)

SQL_TYPES: Mapping[ColumnType, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
"""The engine's type of each of ours; times are in UTC, and say no zone."""

_KINDS: Mapping[ColumnType, tuple[str, ...]] = {
    "string": ("VARCHAR",),
    "integer": ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT"),
    "decimal": ("DOUBLE", "FLOAT", "DECIMAL"),
    "boolean": ("BOOLEAN",),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP",),
}


def stored_files(source: Path | Sequence[Path]) -> list[Path]:
    """Return the Parquet files of a folder, or those that are given.

    Raises
    ------
    NotFound
        There is none.
    """
    files = parquet_files(source) if isinstance(source, Path) else list(source)
    missing = [str(file) for file in files if not file.is_file()]
    if missing or not files:
        raise NotFound(
            "There are no Parquet files of the offline store.", found=", ".join(missing[:3]) or "no file",
            where=str(source) if isinstance(source, Path) else "",
            action="Give the folder 'data' of a materialised view, or its files.",
        )  # fmt: skip
    return files


def columns_of(connection: DuckDBPyConnection, files: Sequence[Path]) -> dict[str, str]:
    """Return the columns of files and their types.

    Raises
    ------
    SchemaMismatch
        Two files give a column different types.
    """
    listed = ", ".join(literal(str(file)) for file in files)
    mixed = connection.execute(
        f"SELECT name, string_agg(DISTINCT kind, ', ' ORDER BY kind) FROM (SELECT name, "
        f"concat_ws(' ', type, converted_type, regexp_extract(logical_type::VARCHAR, '^[A-Za-z]+')) AS kind "
        f"FROM parquet_schema([{listed}]) WHERE num_children IS NULL) "
        f"GROUP BY name HAVING count(DISTINCT kind) > 1 ORDER BY name"
    ).fetchall()
    if mixed:
        told = "; ".join(f"{name}: {kinds}" for name, kinds in mixed)
        raise SchemaMismatch("The files give a column different types.", found=told,
                             action="Read the files of each type by themselves.")  # fmt: skip
    described = connection.execute(f"DESCRIBE SELECT * FROM {scan(files)}").fetchall()
    return {str(row[0]): str(row[1]) for row in described}


def check_columns(found: Mapping[str, str], wanted: Mapping[str, ColumnType], *, where: str) -> None:
    """Compare the columns of our offline store with what a view says.

    Raises
    ------
    SchemaMismatch
        A column is missing, unknown, or of another type.
    """
    optional = {API_TIME}
    if missing := sorted(set(wanted) - set(found) - optional):
        _refuse("Columns are missing.", ", ".join(missing), where, found=", ".join(found))
    if unknown := sorted(set(found) - set(wanted)):
        _refuse("There are columns that nobody knows.", ", ".join(wanted), where, found=", ".join(unknown))
    for name, kind in wanted.items():
        if name in found and not found[name].startswith(_KINDS[kind]):
            _refuse(f"Column {name!r} has another type.", kind, where, found=found[name])


def of_view(key: str, key_type: ColumnType, types: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Return the columns of a view's offline rows and their types."""
    return {
        key: key_type, EVENT_TIMESTAMP: "timestamp", **types,
        WRITE_TIME: "timestamp", API_TIME: "timestamp", IS_DELETED: "boolean",
    }  # fmt: skip


def existing(files: Sequence[Path], key: str) -> str:
    """Return the query of the rows that exist: the newest version of each moment, unless it is deleted."""
    return f"SELECT * FROM ({newest(files, key)}) WHERE NOT coalesce({IS_DELETED}, false)"


def newest(files: Sequence[Path], key: str) -> str:
    """Return the query of the newest version of each moment's row, deleted ones too."""
    rank = f"row_number() OVER (PARTITION BY {quoted(key)}, {EVENT_TIMESTAMP} ORDER BY {WRITE_TIME} DESC, f)"
    return f"SELECT * EXCLUDE (f) FROM (SELECT *, hash(r) AS f FROM {scan(files)} AS r) QUALIFY {rank} = 1"


def refuse_nameless(connection: DuckDBPyConnection, files: Sequence[Path], columns: Sequence[str]) -> None:
    """Refuse rows that lack their key or their moment.

    Raises
    ------
    SchemaMismatch
        With how many there are.
    """
    counts = ", ".join(f"count(*) FILTER ({quoted(name)} IS NULL)" for name in columns)
    found = connection.execute(f"SELECT {counts} FROM {scan(files)}").fetchall()[0]
    for name, missing in zip(columns, found, strict=True):
        if missing:
            raise SchemaMismatch(
                f"Rows have no {name!r}.", found=f"{missing:,} rows", expected="a value in every row",
                action="A feature row needs its key and its event time.",
            )  # fmt: skip


def _refuse(message: str, expected: str, where: str, *, found: str) -> None:
    raise SchemaMismatch(
        message, found=found, expected=expected, where=where,
        action="Read the files with the version of the view that wrote them.",
    )  # fmt: skip
