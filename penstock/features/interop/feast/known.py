"""From when on a row counts: our clock and Feast's."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from penstock.features.interop.feast.kinds import KNOWN_FROM
from penstock.features.interop.rows import (
    check_columns,
    columns_of,
    existing,
    of_view,
    refuse_nameless,
    stored_files,
)
from penstock.features.offline.layout import EVENT_TIMESTAMP, WRITE_TIME
from penstock.specs import FeatureView
from penstock.specs.base import ColumnType
from penstock.specs.features import span
from penstock.tables import engine, literal, one_thread, quoted

MOMENT = timedelta(microseconds=1)
"""The least time between two moments."""


def lateness(view: FeatureView) -> timedelta:
    """Return how long after its event time a row counts, if the asking moment itself counts, as in Feast.

    Examples
    --------
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     delay="2 hours", timestamp="paid", features=[{"name": "payments", "aggregate": "count"}])
    >>> lateness(view)
    datetime.timedelta(seconds=7200, microseconds=1)
    """
    delay = span(view.delay) if view.delay else timedelta()
    return delay if view.inclusive else delay + MOMENT


def time_to_live(view: FeatureView, *, copied: bool = True, whole_days: bool = False) -> timedelta:
    """Return how old a row may be by Feast's timestamp; 0 for ever so old.

    Parameters
    ----------
    copied
        Whether Feast's timestamp is ``known_from``, which is later than the event time.
    whole_days
        Leave that difference out: Feast's DuckDB store takes whole days alone.

    Examples
    --------
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", time_to_live_days=3, features=[{"name": "payments", "aggregate": "count"}])
    >>> time_to_live(view)
    datetime.timedelta(days=2, seconds=86399, microseconds=999999)
    """
    if view.time_to_live_days is None:
        return timedelta()
    days = timedelta(days=view.time_to_live_days)
    late = lateness(view) if copied else timedelta()
    return days if whole_days and late < days else days - late


def copy_rows(
    view: FeatureView,
    types: Mapping[str, ColumnType],
    files: Path | Sequence[Path],
    output: Path,
    *,
    memory_limit: str = "1500MB",
) -> int:
    """Write the rows of a view for Feast: those that exist, with the moment from which on they count.

    Feast lets a row count at its own moment already, knows no delay and no deleted rows. The copy has one
    row a moment, none that is deleted, and a column ``known_from``: the event time, plus the view's delay,
    plus a microsecond unless the view is inclusive. With it as timestamp, Feast's join gives what ours gives.

    Parameters
    ----------
    types
        Of the features, as :func:`penstock.specs.feature_sets.feature_types` gives them.
    files
        Files of the offline store, or the folder of them.
    output
        Parquet file to write.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    SchemaMismatch
        The files are not those of the view, or rows have no key or moment.
    NotFound
        There are no files.
    """
    listed, wanted = stored_files(files), of_view(view.entity.key, view.entity.type, types)
    output.parent.mkdir(parents=True, exist_ok=True)
    with engine(beside=output.parent, memory_limit=memory_limit) as (connection, folder):
        check_columns(columns_of(connection, listed), wanted, where=view.name)
        refuse_nameless(connection, listed, (view.entity.key, EVENT_TIMESTAMP))
        made = folder / "rows.parquet"
        with one_thread(connection):
            query, place = _query(view, types, listed), literal(str(made))
            connection.execute(f"COPY ({query}) TO {place} (FORMAT parquet, COMPRESSION zstd)")
        shutil.move(made, output)
        counted = connection.execute(f"SELECT count(*) FROM read_parquet({literal(str(output))})").fetchall()
    return int(counted[0][0])


def _query(view: FeatureView, types: Mapping[str, ColumnType], files: Sequence[Path]) -> str:
    """Return the query of the copied rows, by key and time."""
    key, late = quoted(view.entity.key), lateness(view)
    microseconds = late // MOMENT
    columns = [_column(name, kind) for name, kind in types.items()]
    return (
        f"SELECT {key}, {EVENT_TIMESTAMP}::TIMESTAMPTZ AS {EVENT_TIMESTAMP}, "
        f"{EVENT_TIMESTAMP}::TIMESTAMPTZ + to_microseconds({microseconds}) AS {KNOWN_FROM}, "
        f"{', '.join(columns)}, {WRITE_TIME}::TIMESTAMPTZ AS {WRITE_TIME} "
        f"FROM ({existing(files, view.entity.key)}) ORDER BY {key}, {EVENT_TIMESTAMP}"
    )


def _column(name: str, kind: ColumnType) -> str:
    """Return a feature as Feast has it: dates as midnights."""
    target = "TIMESTAMPTZ" if kind in {"date", "timestamp"} else ""
    return f"{quoted(name)}::{target} AS {quoted(name)}" if target else quoted(name)
