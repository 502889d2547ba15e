"""Bringing a file into the engine as a table of texts and values, with the line of every row."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, c1)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import EmptyFile, InvalidSpec
from penstock.onboarding.evolve import Evolution, widened
from penstock.onboarding.formats.delimited import load_csv
from penstock.onboarding.formats.document import to_lines
from penstock.onboarding.formats.export import load_export
from penstock.onboarding.formats.json_lines import load_json_lines
from penstock.onboarding.formats.loaded import Loaded
from penstock.onboarding.formats.parquet import load_parquet
from penstock.onboarding.formats.plain import plain
from penstock.quality import source
from penstock.specs import Contract
from penstock.tables import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Arrived:
    """How many rows a file has, whole and broken, and how many blank lines."""

    rows: int
    rejected: int
    blank: int
    contract: Contract
    """The contract as the file evolves it; the declared one unless its policy says otherwise."""
    source: str
    """The query of all rows: ``row`` (from 0), ``c0, c1, …`` as text, ``t0, t1, …`` as values."""
    evolution: Evolution


def load(connection: DuckDBPyConnection, contract: Contract, file: Path, folder: Path) -> Arrived:
    """Load a file as a query of its rows, and tables ``rejects`` (``line, raw, reason``) and ``marks``.

    Parameters
    ----------
    connection, folder
        The engine and its folder for temporary files.
    contract
        Names format and columns; ``c0`` is its first column wherever the file has it.
    file
        What arrived.

    Raises
    ------
    UnreadableFile, EmptyFile, SchemaMismatch
        As :func:`~penstock.onboarding.onboard_file` tells.
    InvalidSpec
        A column's ``written`` or ``timezone`` is not known.
    """
    _refuse_unknown_times(connection, contract)
    if contract.format.manifest:
        loaded = load_export(connection, contract, file, folder, _load_one)
    else:
        loaded = _load_one(connection, contract, file, folder)
    if loaded.rows + loaded.rejected == 0:
        raise EmptyFile(
            "The file has no rows.",
            found="0 rows",
            expected="at least one row",
            where=file.name,
            action="Export it again and upload it.",
        )
    contract, evolution = widened(connection, loaded)
    return Arrived(
        rows=loaded.rows,
        rejected=loaded.rejected,
        blank=loaded.blank,
        contract=contract,
        source=source(contract, loaded.table, row=loaded.row, native=evolution.native),
        evolution=evolution,
    )


def _load_one(connection: DuckDBPyConnection, contract: Contract, file: Path, folder: Path) -> Loaded:
    """Load one file of the contract's format, packed and encoded as it may be."""
    style = contract.format
    return _LOADERS[style.kind](connection, contract, plain(file, style, folder), folder)


def lines_of(connection: DuckDBPyConnection, rows: list[int]) -> dict[int, int]:
    """Return the lines on which a few rows begin (the row's number from 1 in Parquet and JSON documents)."""
    query = with_lines("(SELECT unnest($1::BIGINT[]) AS row)")
    return dict(connection.execute(f"SELECT row, line FROM ({query})", [rows]).fetchall())


def with_lines(table: str) -> str:
    """Return a query that adds the column ``line`` to a table that has the column ``row``."""
    line = "m.line + (t.row - m.row) AS line"
    return f"SELECT t.*, {line} FROM {table} AS t ASOF JOIN marks AS m ON t.row >= m.row"


def _load_document(connection: DuckDBPyConnection, contract: Contract, file: Path, folder: Path) -> Loaded:
    """Write the records of a document on lines, then read those; a record's line is then its number."""
    lines = folder / "records" / file.name
    lines.parent.mkdir()
    to_lines(file, contract.format.records, lines, longest=contract.format.max_line_bytes)
    return load_json_lines(connection, contract, lines, folder)


_LOADERS: dict[str, Callable[[DuckDBPyConnection, Contract, Path, Path], Loaded]] = {
    "csv": load_csv,
    "json_lines": load_json_lines,
    "json": _load_document,
    "parquet": load_parquet,
}


def _refuse_unknown_times(connection: DuckDBPyConnection, contract: Contract) -> None:
    """Make sure that the engine knows each zone and each way of writing times."""
    import duckdb

    for column in contract.columns:
        asked = {
            "timezone": f"SELECT timezone({literal(column.timezone)}, TIMESTAMP '2000-01-01')::VARCHAR",
            "written": f"SELECT try_strptime('x', {literal(column.written)})::VARCHAR",
        }
        for field, query in asked.items():
            try:
                if value := getattr(column, field):
                    connection.execute(query).fetchall()
            except duckdb.Error as error:
                raise InvalidSpec(
                    f"The column {column.name} has no valid {field}.",
                    found=repr(value),
                    expected="an IANA name such as Europe/Berlin"
                    if field == "timezone"
                    else "as in strptime",
                    where=contract.dataset,
                    action=f"Correct it in the contract ({str(error).splitlines()[0]}).",
                ) from error
