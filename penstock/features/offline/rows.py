"""Rows of the offline store: the newest version of each, and how they change."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from penstock.features.offline.layout import DELETED, EVENT_TIMESTAMP, WRITE_TIME, parquet_files
from penstock.features.offline.source import moment
from penstock.specs.features import FeatureView
from penstock.tables import literal, quoted


def scan(files: Sequence[Path]) -> str:
    """Return files of the offline store as an SQL table."""
    names = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{names}], union_by_name=true, hive_partitioning=false)"


def newest_versions(view: FeatureView, files: Sequence[Path], *, where: str = "TRUE") -> str:
    """Return the query of each row's newest version, deleted ones among them.

    Parameters
    ----------
    where
        SQL that all versions of a row satisfy, or none.
    """
    rank = (
        f"row_number() OVER (PARTITION BY {quoted(view.entity.key)}, {EVENT_TIMESTAMP} "
        f"ORDER BY {WRITE_TIME} DESC)"
    )
    return f"SELECT * FROM {scan(files)} WHERE {where} QUALIFY {rank} = 1"


def within(between: tuple[datetime, datetime] | None) -> str:
    """Return the condition of a range of event times, the end excluded."""
    if between is None:
        return "TRUE"
    return f"({EVENT_TIMESTAMP} >= {moment(between[0])} AND {EVENT_TIMESTAMP} < {moment(between[1])})"


def changed_rows(view: FeatureView, computed: str, known: str) -> str:
    """Return the query of rows that are new or other than known, and of known ones that are gone.

    Parameters
    ----------
    computed, known
        SQL tables: rows as they should be, and newest versions of rows as they are.
    """
    key = quoted(view.entity.key)
    names = [quoted(feature.name) for feature in view.features]
    same = " AND ".join(f"c.{name} IS NOT DISTINCT FROM k.{name}" for name in names)
    match = f"c.{key} = k.{key} AND c.{EVENT_TIMESTAMP} = k.{EVENT_TIMESTAMP}"
    values = ", ".join(f"c.{name} AS {name}" for name in names)
    nulls = ", ".join(f"NULL AS {name}" for name in names)
    return (
        f"SELECT c.{key} AS {key}, c.{EVENT_TIMESTAMP} AS {EVENT_TIMESTAMP}, {values}, FALSE AS {DELETED} "
        f"FROM {computed} AS c LEFT JOIN {known} AS k ON {match} "
        f"WHERE k.{key} IS NULL OR k.{DELETED} OR NOT ({same}) "
        f"UNION ALL BY NAME "
        f"SELECT k.{key} AS {key}, k.{EVENT_TIMESTAMP} AS {EVENT_TIMESTAMP}, {nulls}, TRUE AS {DELETED} "
        f"FROM {known} AS k ANTI JOIN {computed} AS c ON {match} WHERE NOT k.{DELETED}"
    )


def offline_rows(view: FeatureView, path: Path | Sequence[Path], *, output: Path) -> int:
    """Write the rows of a view as they are: the newest version of each, without the deleted.

    Parameters
    ----------
    path
        Files of the offline store, or a folder of them.
    output
        Parquet file to write: key, ``event_timestamp`` and features, by key and time.

    Returns
    -------
    int
        The number of rows.
    """
    from penstock.tables import engine

    files = parquet_files(path) if isinstance(path, Path) else list(path)
    names = [view.entity.key, EVENT_TIMESTAMP, *(feature.name for feature in view.features)]
    listed = ", ".join(map(quoted, names))
    query = (
        f"SELECT {listed} FROM ({newest_versions(view, files)}) WHERE NOT {DELETED} "
        f"ORDER BY {quoted(view.entity.key)}, {EVENT_TIMESTAMP}"
    )
    with engine(beside=output.parent, threads=1) as (connection, _):
        done = connection.execute(
            f"COPY ({query}) TO {literal(str(output))} (FORMAT parquet, COMPRESSION zstd)"
        )
        return int(done.fetchall()[0][0])


def latest_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of materialised files as plain values, a thousand in memory at a time.

    Parameters
    ----------
    path
        ``MaterialisedView.latest`` or ``.path``: a file, or a folder of them.
    """
    import duckdb

    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM {scan(parquet_files(path))}")
        names = [column[0] for column in found.description or ()]
        while chunk := found.fetchmany(1_000):
            yield from (dict(zip(names, row, strict=True)) for row in chunk)
