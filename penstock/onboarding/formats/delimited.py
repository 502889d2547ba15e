"""CSV and its dialects."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, c1)

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import UnreadableFile
from penstock.onboarding.formats.columns import with_columns
from penstock.onboarding.formats.loaded import Loaded
from penstock.onboarding.header import read_header
from penstock.onboarding.sift import Sifted, sift
from penstock.specs import Contract, ContractFormat
from penstock.tables import literal, one_thread

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MINIMUM_BUFFER = 4 << 20
_NEVER = "\x01 no text is this one \x02"


def load_csv(connection: DuckDBPyConnection, contract: Contract, file: Path, folder: Path) -> Loaded:
    """Sift a plain file, then let the engine read what is whole."""
    header = read_header(file, contract)
    contract, renamed = with_columns(contract, header.unknown, file.name)
    sifted = sift(file, header, contract.format, folder)
    names = tuple(renamed.get(name, name) for name in header.names)
    read_records(connection, _statement(contract, names, sifted), sifted, file.name)
    missing = tuple(column.name for column in contract.columns if column.name not in names)
    added = tuple(renamed.items())
    return Loaded(
        sifted.rows,
        sifted.rejected,
        sifted.blank,
        contract,
        row="rowid",
        added=added,
        missing=missing,
        lines=sifted.lines,
    )


def read_records(connection: DuckDBPyConnection, statement: str, sifted: Sifted, where: str) -> None:
    """Make the tables of what was sifted, and make sure that the engine counts the same rows.

    In one thread: several cut the table's row groups by chance, which shows in the files written from it.
    """
    import duckdb

    try:
        with one_thread(connection), _uncompressed(connection):
            connection.execute(statement)
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
    connection.execute(
        f"CREATE TABLE rejects AS SELECT * FROM read_json({literal(str(sifted.rejects))}, "
        f"format='newline_delimited', columns={{line: 'BIGINT', raw: 'VARCHAR', reason: 'VARCHAR'}})"
    )
    connection.execute(
        f"CREATE TABLE marks AS SELECT * FROM read_csv({literal(str(sifted.marks))}, auto_detect=false, "
        f"header=false, columns={{row: 'BIGINT', line: 'BIGINT'}})"
    )


@contextmanager
def _uncompressed(connection: DuckDBPyConnection) -> Iterator[None]:
    """Let the engine store texts as they are: packing them takes as long as reading them."""
    connection.execute("PRAGMA force_compression = 'uncompressed'")
    try:
        yield
    finally:
        connection.execute("PRAGMA force_compression = 'auto'")


def reading(sifted: Sifted, columns: str, style: ContractFormat) -> str:
    """Return the table function that reads sifted records into columns."""
    line = sifted.longest + 1_024
    options = {
        "columns": columns,
        "header": literal(sifted.has_header),
        "compression": "'none'",
        "auto_detect": "FALSE",
        "delim": literal(style.delimiter),
        "quote": literal(style.quote),
        "escape": literal(style.quote),
        "nullstr": f"[{', '.join(map(literal, style.nulls or (_NEVER,)))}]",
        "new_line": "'\\n'",
        "strict_mode": "TRUE",
        "max_line_size": str(line),
        "buffer_size": str(max(_MINIMUM_BUFFER, 2 * line)),
    }
    arguments = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"read_csv({literal(str(sifted.data))}, {arguments})"


def _statement(contract: Contract, names: tuple[str, ...], sifted: Sifted) -> str:
    """Return the statement that reads the sifted file into ``arrived``."""
    places = {column.name: f"c{place}" for place, column in enumerate(contract.columns)}
    columns = ", ".join(f"'{places[name]}': 'VARCHAR'" for name in names)
    values = [place if name in names else f"NULL::VARCHAR AS {place}" for name, place in places.items()]
    source = reading(sifted, f"{{{columns}}}", contract.format)
    return f"CREATE TABLE arrived AS SELECT {', '.join(values)} FROM {source}"
