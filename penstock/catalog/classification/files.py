"""Classification of the columns of a table or a file, on a sample."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.catalog.classification.classify import classify_column
from penstock.catalog.classification.records import Classification
from penstock.catalog.classification.sample import columns_of, sample
from penstock.errors import NotFound, UnreadableFile
from penstock.tables import engine, literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def classify_table(
    connection: DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    *,
    row: str = "rowid",
    seed: int = 0,
) -> dict[str, Classification]:
    """Classify columns of a relation that an engine knows.

    Parameters
    ----------
    connection
        The engine.
    relation
        A table's quoted name, or ``read_parquet(…, file_row_number = true)``.
    columns
        Name and SQL expression of each column, such as ``{"email": '"email"'}``.
    row
        Expression of the number of a row.
    seed
        Another one draws other rows.

    Returns
    -------
    dict
        By name, in the order given. The same for the same rows and seed.

    Examples
    --------
    >>> import duckdb
    >>> with duckdb.connect() as connection:
    ...     query = "CREATE TABLE t AS SELECT 'p' || x || '@example.org' AS c0 FROM range(50) r(x)"
    ...     _ = connection.execute(query)
    ...     classify_table(connection, "t", {"c0": "c0"})["c0"].kind
    'email'
    """
    drawn = sample(connection, relation, columns, row=row, seed=seed)
    return {name: classify_column(name, found.values, traces=found.traces) for name, found in drawn.items()}


def classify_file(
    file: Path, *, columns: Iterable[str] | None = None, seed: int = 0, memory_limit: str = "1GB"
) -> dict[str, Classification]:
    """Classify the columns of a Parquet file, such as the curated data of an arrival.

    Parameters
    ----------
    file
        The file. To classify a file as it landed, infer a contract from it.
    columns
        Names of those to look at; all when None.
    seed
        Another one draws other rows.
    memory_limit
        What the engine may hold in memory.

    Raises
    ------
    UnreadableFile
        It is not Parquet.
    NotFound
        It has no such column.

    Examples
    --------
    >>> import duckdb
    >>> with tempfile.TemporaryDirectory() as name:
    ...     file = Path(name, "people.parquet")
    ...     _ = duckdb.sql("SELECT '10.0.0.' || x AS host FROM range(50) r(x)").write_parquet(str(file))
    ...     classify_file(file)["host"].kind
    'ip_address'
    """
    import duckdb

    relation = f"read_parquet({literal(str(file))}, file_row_number = true)"
    with engine(beside=Path(tempfile.gettempdir()), memory_limit=memory_limit) as (connection, _):
        try:
            there = columns_of(connection, f"read_parquet({literal(str(file))})")
        except duckdb.Error as error:
            raise UnreadableFile(
                "The file is not Parquet.",
                found=str(error).splitlines()[0],
                where=file.name,
                action="Infer a contract from it to classify a file of another format.",
            ) from error
        asked = list(there) if columns is None else list(columns)
        if unknown := sorted(set(asked) - set(there)):
            raise NotFound(
                "The file has no such columns.", found=", ".join(unknown), expected=", ".join(there)
            )
        chosen = {name: quoted(name) for name in asked}
        return classify_table(connection, relation, chosen, row="file_row_number", seed=seed)
