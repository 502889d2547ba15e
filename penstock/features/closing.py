"""A view as all of its files tell it: what it holds, and the newest row of each entity."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.features.offline.layout import DELETED, EVENT_TIMESTAMP
from penstock.features.offline.rows import newest_versions
from penstock.features.offline.statistics import ViewStatistics, view_statistics
from penstock.tables import engine, literal, quoted

if TYPE_CHECKING:
    from penstock.specs import FeatureView
    from penstock.specs.base import ColumnType


def close_view(
    view: FeatureView, types: Mapping[str, ColumnType], files: Sequence[Path], *, latest: Path
) -> ViewStatistics:
    """Describe a view that was written in parts.

    Parameters
    ----------
    files
        All files that make up the view.
    latest
        Parquet file to write: the newest row of each entity; of one that has no rows any more, one with
        ``is_deleted``.
    """
    key = quoted(view.entity.key)
    rank = f"row_number() OVER (PARTITION BY {key} ORDER BY {DELETED}, {EVENT_TIMESTAMP} DESC)"
    latest.parent.mkdir(parents=True, exist_ok=True)
    with engine(beside=latest.parent) as (connection, _):
        connection.execute(f"CREATE VIEW versions AS {newest_versions(view, files)}")
        newest = f"SELECT * FROM versions QUALIFY {rank} = 1 ORDER BY {key}"
        connection.execute(f"COPY ({newest}) TO {literal(str(latest))} (FORMAT parquet, COMPRESSION zstd)")
        return view_statistics(connection, view, f"(FROM versions WHERE NOT {DELETED})", types)
