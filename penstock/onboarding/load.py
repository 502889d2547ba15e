"""Bringing a file into the engine as a table of texts, with the line of every row."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, c1)

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import EmptyFile, UnreadableFile
from penstock.onboarding.header import Header, compare_columns, read_header
from penstock.onboarding.sift import Sifted, sift
from penstock.specs import Contract
from penstock.tables import literal, one_thread, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MINIMUM_BUFFER = 4 << 20


@dataclass(frozen=True)
class Arrived:
    """How many rows a file has, whole and broken, and how many blank lines."""

    rows: int
    rejected: int
    blank: int


def load(connection: DuckDBPyConnection, contract: Contract, file: Path, folder: Path) -> Arrived:
    """Load a file into tables ``arrived`` (``c0, c1, …``), ``rejects`` (``line, raw, reason``) and ``marks``.

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
    """
    arrived = (_load_csv if contract.format.kind == "csv" else _load_parquet)(
        connection, contract, file, folder
    )
    if arrived.rows + arrived.rejected == 0:
        raise EmptyFile(
            "The file has a header and no rows.",
            found="0 rows",
            expected="at least one row",
            where=file.name,
            action="Export it again and upload it.",
        )
    return arrived


def lines_of(connection: DuckDBPyConnection, rows: list[int]) -> dict[int, int]:
    """Return the lines on which a few rows begin (the row's number from 1 in a Parquet file)."""
    query = with_lines("(SELECT unnest($1::BIGINT[]) AS row)")
    return dict(connection.execute(f"SELECT row, line FROM ({query})", [rows]).fetchall())


def with_lines(table: str) -> str:
    """Return a query that adds the column ``line`` to a table that has the column ``row``."""
    line = "m.line + (t.row - m.row) AS line"
    return f"SELECT t.*, {line} FROM {table} AS t ASOF JOIN marks AS m ON t.row >= m.row"


def _load_csv(connection: DuckDBPyConnection, contract: Contract, file: Path, folder: Path) -> Arrived:
    """Sift, then let the engine read what is whole."""
    header = read_header(file, tuple(column.name for column in contract.columns), contract.format)
    sifted = sift(file, header, contract.format, folder)
    _read_csv(connection, contract, header, sifted, file.name)
    connection.execute(
        f"CREATE TABLE rejects AS SELECT * FROM read_json({literal(str(sifted.rejects))}, "
        f"format='newline_delimited', columns={{line: 'BIGINT', raw: 'VARCHAR', reason: 'VARCHAR'}})"
    )
    connection.execute(
        f"CREATE TABLE marks AS SELECT * FROM read_csv({literal(str(sifted.marks))}, auto_detect=false, "
        f"header=false, columns={{row: 'BIGINT', line: 'BIGINT'}})"
    )
    return Arrived(sifted.rows, sifted.rejected, sifted.blank)


def _read_csv(
    connection: DuckDBPyConnection, contract: Contract, header: Header, sifted: Sifted, where: str
) -> None:
    """Read what was sifted, and make sure that the engine counts the same rows.

    In one thread: several cut the table's row groups by chance, which shows in the files written from it.
    """
    import duckdb

    try:
        with one_thread(connection):
            connection.execute(_statement(contract, header, sifted))
        found = f"{connection.execute('SELECT count(*) FROM arrived').fetchall()[0][0]:,} rows"
    except duckdb.Error as error:
        found = str(error).splitlines()[0]
    if found != f"{sifted.rows:,} rows":
        raise UnreadableFile(
            "The file can be read in more than one way.",
            found=found,
            expected=f"{sifted.rows:,} rows",
            where=where,
            action="Quote fields as RFC 4180 says.",
        )


def _statement(contract: Contract, header: Header, sifted: Sifted) -> str:
    """Return the statement that reads the sifted file into ``arrived``."""
    places = {column.name: f"c{place}" for place, column in enumerate(contract.columns)}
    names = ", ".join(f"'{places[name]}': 'VARCHAR'" for name in header.names)
    line = sifted.longest + 1_024
    options = {
        "columns": f"{{{names}}}",
        "header": literal(sifted.has_header),
        "auto_detect": "FALSE",
        "delim": literal(contract.format.delimiter),
        "quote": "'\"'",
        "escape": "'\"'",
        "nullstr": "''",
        "new_line": "'\\n'",
        "strict_mode": "TRUE",
        "max_line_size": str(line),
        "buffer_size": str(max(_MINIMUM_BUFFER, 2 * line)),
    }
    arguments = ", ".join(f"{name}={value}" for name, value in options.items())
    return (
        f"CREATE OR REPLACE TABLE arrived AS SELECT {', '.join(places.values())} "
        f"FROM read_csv({literal(str(sifted.data))}, {arguments})"
    )


def _load_parquet(connection: DuckDBPyConnection, contract: Contract, file: Path, folder: Path) -> Arrived:
    """Turn every value into text, so that one way of checking serves both formats."""
    import duckdb

    source = f"read_parquet({literal(str(file))})"
    try:
        names = tuple(row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall())
        compare_columns(names, tuple(column.name for column in contract.columns), file.name)
        texts = [f"{quoted(c.name)}::VARCHAR AS c{place}" for place, c in enumerate(contract.columns)]
        connection.execute(f"CREATE TABLE arrived AS SELECT {', '.join(texts)} FROM {source}")
    except duckdb.Error as error:
        raise UnreadableFile(
            "The file is not Parquet.",
            found=str(error).splitlines()[0],
            where=file.name,
            action="Export it again and upload it.",
        ) from error
    connection.execute("CREATE TABLE rejects (line BIGINT, raw VARCHAR, reason VARCHAR)")
    connection.execute("CREATE TABLE marks AS SELECT 0::BIGINT AS row, 1::BIGINT AS line")
    rows = connection.execute("SELECT count(*) FROM arrived").fetchall()[0][0]
    return Arrived(rows, rejected=0, blank=0)
