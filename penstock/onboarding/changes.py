"""Change data: the last state of each key, out of the history of its changes."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import InvalidSpec
from penstock.specs import Contract
from penstock.specs.columns import curated_columns
from penstock.specs.format import Changes
from penstock.tables import engine, literal, one_thread, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COMPRESSED = "(FORMAT parquet, COMPRESSION zstd)"


@dataclass(frozen=True)
class CurrentTable:
    """What became of a history: keys that are there, and keys that are deleted."""

    rows: int
    deleted: int


def current(
    history: Sequence[Path],
    contract: Contract,
    output: Path,
    *,
    state: Path | None = None,
    memory_limit: str = "1500MB",
) -> CurrentTable:
    """Write the last state of each key, without the deleted ones.

    Parameters
    ----------
    history
        Curated files of change data, in the order of their arrivals. Of changes that are equal in
        ``order_by`` the later arrival counts, within a file the later row; so late files, files out of order
        and repeated ones all give the same table.
    contract
        Its keys and ``changes``.
    output
        The Parquet file of the table: all curated columns but the operation, ordered by key.
    state
        Where to write the last change of each key, deletions too. It stands for the history that it was made
        of: give it as first file together with those of later arrivals.
    memory_limit
        What the engine may hold in memory before it spills.

    Returns
    -------
    CurrentTable
        How many keys are there and how many are deleted.

    Raises
    ------
    InvalidSpec
        The contract has no ``changes``, or drops a column that they need.

    Notes
    -----
    A change carries the whole row, except deletions, which may carry the key alone.

    Examples
    --------
    >>> import duckdb, tempfile
    >>> contract = Contract(
    ...     dataset="customers", owner="sales", steward="sales-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal", changes={"operation": "op", "order_by": "n"},
    ...     columns=[{"name": "id", "type": "string", "key": True}, {"name": "op", "type": "string"},
    ...              {"name": "n", "type": "integer"}, {"name": "city", "type": "string"}])
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = "('a', 'I', 1, 'Bern'), ('a', 'U', 3, 'Genf'), ('a', 'U', 2, 'Chur'), ('b', 'D', 4, '')"
    >>> duckdb.sql(f"FROM (VALUES {rows}) AS t(id, op, n, city)").write_parquet(f"{folder}/history.parquet")
    >>> current([folder / "history.parquet"], contract, folder / "current.parquet")
    CurrentTable(rows=1, deleted=1)
    >>> duckdb.read_parquet(f"{folder}/current.parquet").fetchall()
    [('a', 3, 'Genf')]
    """
    changes = _changes(contract)
    output.parent.mkdir(parents=True, exist_ok=True)
    with engine(beside=output.parent, memory_limit=memory_limit) as (connection, _):
        _show_history(connection, history)
        _find_last(connection, contract, changes)
        keys = ", ".join(map(quoted, contract.keys))
        columns = ", ".join(quoted(c.name) for c in curated_columns(contract) if c.name != changes.operation)
        there = f"trim({quoted(changes.operation)}) NOT IN ({', '.join(map(literal, changes.delete))})"
        last = 'history AS h JOIN last AS l ON h."#file" = l.file AND h."#row" = l.row'
        known = f"SELECT h.* FROM {last}"
        with one_thread(connection):
            query = f"SELECT {columns} FROM ({known}) WHERE {there} ORDER BY {keys}"
            connection.execute(f"COPY ({query}) TO {literal(str(output))} {_COMPRESSED}")
            if state:
                query = f'SELECT * EXCLUDE ("#file", "#row") FROM ({known}) ORDER BY {keys}'
                connection.execute(f"COPY ({query}) TO {literal(str(state))} {_COMPRESSED}")
        rows = _count(connection, f"read_parquet({literal(str(output))})")
        return CurrentTable(rows, _count(connection, "last") - rows)


def _changes(contract: Contract) -> Changes:
    """Return how changes are written, if all that they need is curated."""
    curated = {column.name for column in curated_columns(contract)}
    changes = contract.changes
    needed = {*contract.keys, *((changes.operation, changes.order_by) if changes else ())}
    if changes is None or needed - curated:
        raise InvalidSpec(
            "There is no current table of this dataset.",
            found=f"dropped columns: {', '.join(sorted(needed - curated))}" if changes else "no changes",
            expected="change data whose key, operation and order are curated",
            where=contract.dataset,
            action="Correct changes, or the protection of these columns, in the contract.",
        )
    return changes


def _show_history(connection: DuckDBPyConnection, history: Sequence[Path]) -> None:
    """Make a view of all changes with the number of their file and row."""
    names = [literal(str(path)) for path in history]
    connection.execute("CREATE TABLE files (name VARCHAR, number BIGINT)")
    connection.execute(
        "INSERT INTO files SELECT unnest($1::VARCHAR[]), unnest($2::BIGINT[])",
        [[str(path) for path in history], list(range(len(history)))],
    )
    connection.execute(
        'CREATE VIEW history AS SELECT t.* EXCLUDE (filename, file_row_number), f.number AS "#file", '
        't.file_row_number AS "#row" FROM '
        f"read_parquet([{', '.join(names)}], union_by_name=true, filename=true, file_row_number=true) AS t "
        "JOIN files AS f ON t.filename = f.name"
    )


def _find_last(connection: DuckDBPyConnection, contract: Contract, changes: Changes) -> None:
    """Make a table of the file and row of each key's last change; grouping spills where memory ends."""
    keys = ", ".join(map(quoted, contract.keys))
    order = f"{{'at': {quoted(changes.order_by)}, 'file': \"#file\", 'row': \"#row\"}}"
    connection.execute(
        f"CREATE TABLE last AS SELECT last.file AS file, last.row AS row "
        f"FROM (SELECT max({order}) AS last FROM history GROUP BY {keys})"
    )


def _count(connection: DuckDBPyConnection, table: str) -> int:
    """Return the number of rows of a table."""
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
