"""The offline store: what was known about each entity at each moment at which something became known."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.features.expressions import Running, running
from penstock.specs import FeatureView
from penstock.tables import engine, literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EVENT_TIMESTAMP = "event_timestamp"


@dataclass(frozen=True)
class MaterialisedView:
    """What was written of a view.

    Parameters
    ----------
    view
        Its name.
    path
        The Parquet file of all rows: entity key, ``event_timestamp``, features.
    latest
        The Parquet file with the newest row of each entity.
    rows, entities
        How many rows the two have.
    """

    view: str
    path: Path
    latest: Path
    rows: int
    entities: int


def materialise(
    view: FeatureView,
    files: Sequence[Path],
    output: Path,
    *,
    latest: Path | None = None,
    memory_limit: str = "1500MB",
) -> MaterialisedView:
    """Compute a view's features at every moment of its dataset.

    A row at time *t* aggregates all rows of the entity whose timestamp is at most *t*; rows of the same
    moment make one feature row. Rows without a key or timestamp belong to nobody and are left out.

    Parameters
    ----------
    view
        Entity, timestamp column and features.
    files
        Curated Parquet files of a snapshot.
    output
        Folder for ``part-00000.parquet``, ordered by key and time.
    latest
        File for the newest row of each entity; ``latest.parquet`` beside the folder ``output`` when None.
    memory_limit
        What the engine may hold in memory before it spills.

    Returns
    -------
    MaterialisedView
        The same files make the same bytes.

    Examples
    --------
    >>> import tempfile, duckdb
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = "SELECT 'a' AS customer, DATE '2025-01-01' + i::INTEGER AS paid, 10 * i AS amount"
    >>> duckdb.sql(rows + " FROM range(1, 3) AS r(i)").write_parquet(str(folder / "part.parquet"))
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "average", "aggregate": "mean", "of": "amount"}])
    >>> made = materialise(view, [folder / "part.parquet"], folder / "history")
    >>> duckdb.read_parquet(str(made.path)).select("average").fetchall()
    [(10.0,), (15.0,)]
    """
    output.mkdir(parents=True, exist_ok=True)
    path, newest = output / "part-00000.parquet", latest or output.parent / "latest.parquet"
    newest.parent.mkdir(parents=True, exist_ok=True)
    # One thread: sums of floats in another order differ in the last digits, and training would too.
    with engine(beside=output.parent, memory_limit=memory_limit, threads=1) as (connection, _):
        connection.execute(f"CREATE TABLE rows AS {_query(view, files)}")
        order = f"{quoted(view.entity.key)}, {EVENT_TIMESTAMP}"
        rows = _write(connection, f"SELECT * FROM rows ORDER BY {order}", path)
        entities = _write(connection, _newest(view), newest)
    return MaterialisedView(view=view.name, path=path, latest=newest, rows=rows, entities=entities)


def latest_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a materialised file as plain values, a thousand in memory at a time.

    Parameters
    ----------
    path
        ``MaterialisedView.latest`` or ``.path``.
    """
    import duckdb

    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM read_parquet({literal(str(path))})")
        names = [column[0] for column in found.description or ()]
        while chunk := found.fetchmany(1_000):
            yield from (dict(zip(names, row, strict=True)) for row in chunk)


def _newest(view: FeatureView) -> str:
    """Return the query of each entity's newest row."""
    key = quoted(view.entity.key)
    rank = f"row_number() OVER (PARTITION BY {key} ORDER BY {EVENT_TIMESTAMP} DESC)"
    return f"SELECT * FROM rows QUALIFY {rank} = 1 ORDER BY {key}"


def _query(view: FeatureView, files: Sequence[Path]) -> str:
    """Return the query of all feature rows: moments first, so that the window sees few rows."""
    key, source = quoted(view.entity.key), ", ".join(literal(str(file)) for file in files)
    steps = [running(feature) for feature in view.features]
    partials = [
        f"{sql} AS {_part(place, suffix)}"
        for place, step in enumerate(steps)
        for suffix, sql in step.partials.items()
    ]
    totals = [
        f"{_total(place, step)} AS {quoted(feature.name)}"
        for place, (step, feature) in enumerate(zip(steps, view.features, strict=True))
    ]
    return (
        f"WITH moments AS "
        f"(SELECT {key} AS k, {quoted(view.timestamp)}::TIMESTAMP AS t, {', '.join(partials)} "
        f"FROM read_parquet([{source}], union_by_name=true, hive_partitioning=false) "
        f"WHERE {key} IS NOT NULL AND {quoted(view.timestamp)} IS NOT NULL GROUP BY 1, 2) "
        f"SELECT k AS {key}, t AS {EVENT_TIMESTAMP}, {', '.join(totals)} FROM moments "
        f"WINDOW so_far AS (PARTITION BY k ORDER BY t ROWS UNBOUNDED PRECEDING)"
    )


def _part(place: int, suffix: str) -> str:
    """Return the column of a feature's partial aggregate."""
    return f"p{place}{suffix}"


def _total(place: int, step: Running) -> str:
    """Return a feature's SQL over the moments so far."""
    return step.total(lambda suffix: _part(place, suffix))


def _write(connection: DuckDBPyConnection, query: str, path: Path) -> int:
    """Write a query to Parquet and return its rows."""
    connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    return int(
        connection.execute(f"SELECT count(*) FROM read_parquet({literal(str(path))})").fetchall()[0][0]
    )
