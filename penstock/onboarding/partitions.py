"""Writing curated rows: one file, or one for each partition that the contract cuts them by."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import InvalidSpec, SchemaMismatch
from penstock.onboarding.report import CuratedPart
from penstock.specs import Column, Contract
from penstock.specs.columns import curated_columns, protected_columns
from penstock.specs.format import Partition
from penstock.tables import literal, one_thread, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST = 1_000
"""Partitions that one arrival may fall into."""
_UNITS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
_PLACE, _ROW = quoted("#place"), quoted("#row")
"""Names that no column can have."""


def part_name(number: int) -> str:
    """Return the name of a curated file.

    Examples
    --------
    >>> part_name(7)
    'part-00007.parquet'
    """
    return f"part-{number:05d}.parquet"


def write_parts(
    connection: DuckDBPyConnection, contract: Contract, query: str, folder: Path, *, where: str
) -> tuple[CuratedPart, ...]:
    """Write the rows of a query to a folder, in their order, cut as the contract says.

    Parameters
    ----------
    connection
        Holds the rows.
    contract
        Its ``partition_by``; the files are numbered in the order of the partitions' values.
    query
        Curated columns, and the row's number as ``"#row"``.
    folder
        Files of an earlier run are removed from it.
    where
        The file, for errors.

    Returns
    -------
    tuple of CuratedPart
        What was written. The same rows give the same bytes.

    Raises
    ------
    SchemaMismatch
        There are more than 1,000 partitions.
    InvalidSpec
        A column is cut by days, months or years and is neither date nor timestamp, or it is dropped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("part-*.parquet"):
        old.unlink()
    if not contract.partition_by:
        return (_write(connection, f"SELECT * EXCLUDE ({_ROW}) FROM ({query})", folder / part_name(0), {}),)
    columns = [_column(contract, partition) for partition in contract.partition_by]
    cuts = [_cut(c, p) for c, p in zip(columns, contract.partition_by, strict=True)]
    places = _places(connection, query, cuts, where)
    same = " AND ".join(f"p.v{number} IS NOT DISTINCT FROM {cut}" for number, cut in enumerate(cuts))
    with one_thread(connection):
        connection.execute(
            f"CREATE TABLE cut AS SELECT p.place AS {_PLACE}, q.* FROM ({query}) AS q "
            f"JOIN partitions AS p ON {same} ORDER BY 1, q.{_ROW}"
        )
    shown = [c.name for c in columns if c.sensitivity == "none" and c.name not in protected_columns(contract)]
    parts = []
    for place, *values in places:
        named = {c.name: value for c, value in zip(columns, values, strict=True) if c.name in shown}
        rows = f"SELECT * EXCLUDE ({_PLACE}, {_ROW}) FROM cut WHERE {_PLACE} = {place} ORDER BY {_ROW}"
        parts.append(_write(connection, rows, folder / part_name(place), named))
    return tuple(parts)


def _column(contract: Contract, partition: Partition) -> Column:
    """Return the column of a partition, as curated."""
    found = next((c for c in curated_columns(contract) if c.name == partition.column), None)
    if found is None or (partition.unit != "value" and found.type not in {"date", "timestamp"}):
        raise InvalidSpec(
            f"The data cannot be cut by {partition.column}.",
            found=f"{found.type}, by {partition.unit}" if found else "a dropped column",
            expected="a curated column, of type date or timestamp for day, month and year",
            where=contract.dataset,
            action="Correct partition_by in the contract.",
        )
    return found


def _cut(column: Column, partition: Partition) -> str:
    """Return SQL of the text that rows of a partition share; null is one too."""
    name = f"q.{quoted(column.name)}"
    return f"strftime({name}, '{_UNITS[partition.unit]}')" if partition.unit in _UNITS else f"{name}::VARCHAR"


def _places(
    connection: DuckDBPyConnection, query: str, cuts: list[str], where: str
) -> list[tuple[int, *tuple[str | None, ...]]]:
    """Return the partitions with their numbers, which follow the order of the values."""
    values = [f"v{number}" for number in range(len(cuts))]
    named = ", ".join(f"{cut} AS {value}" for cut, value in zip(cuts, values, strict=True))
    connection.execute(
        f"CREATE TABLE partitions AS SELECT row_number() OVER (ORDER BY {', '.join(values)}) - 1 AS place, * "
        f"FROM (SELECT DISTINCT {named} FROM ({query}) AS q LIMIT {MOST + 1})"
    )
    places = connection.execute("SELECT * FROM partitions ORDER BY place").fetchall()
    if len(places) > MOST:
        raise SchemaMismatch(
            "The file falls into too many partitions.",
            found=f"more than {MOST:,}, such as {', '.join(str(row[1]) for row in places[:3])}",
            expected=f"at most {MOST:,}",
            where=where,
            action="Upload it in several files, or have partition_by changed to something coarser.",
        )
    return places


def _write(
    connection: DuckDBPyConnection, query: str, path: Path, values: dict[str, str | None]
) -> CuratedPart:
    """Write one file in one thread: several cut its row groups by chance."""
    with one_thread(connection):
        connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    counted = f"SELECT count(*) FROM read_parquet({literal(str(path))})"
    rows = int(connection.execute(counted).fetchall()[0][0])
    return CuratedPart(file=path.name, rows=rows, bytes=path.stat().st_size, values=values)
