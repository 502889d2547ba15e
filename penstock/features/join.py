"""The point-in-time join: each row gets what was known strictly before it, and no row is lost."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from penstock.errors import InvalidSpec, NotFound
from penstock.features.materialise import EVENT_TIMESTAMP
from penstock.specs import FeatureView
from penstock.tables import engine, literal, one_thread, quoted

_ROW = "__spine_row"


def join(
    *,
    spine: Path | Sequence[Path],
    timestamp: str,
    views: Sequence[tuple[FeatureView, Path]],
    output: Path,
    memory_limit: str = "1500MB",
) -> int:
    """Add the features of views to rows, as they were known before each row's time.

    Parameters
    ----------
    spine
        Parquet file or files of the rows; they have ``timestamp`` and the key column of every view's entity.
    timestamp
        The column that says when a row is predicted.
    views
        Each view with its materialised file, or the folder of it.
    output
        Parquet file to write: the rows of the spine, all of them and in their order, with the features'
        columns after their own. Features are null where nothing was known yet, or where what was
        known is older than the view's time to live.
    memory_limit
        What the engine may hold in memory before it spills.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    InvalidSpec
        A feature has the name of another one or of a column.
    NotFound
        A view has no file.

    See Also
    --------
    materialise : makes the files of the views.
    """
    files = [spine] if isinstance(spine, Path) else list(spine)
    names = ", ".join(literal(str(file)) for file in files)
    rows = f"read_parquet([{names}], union_by_name=true, hive_partitioning=false)"
    with engine(beside=output.parent, memory_limit=memory_limit) as (connection, _):
        columns = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()]
        _refuse_clashes(columns, [view for view, _ in views])
        keys = ", ".join(quoted(name) for name in {timestamp: 0, **{view.entity.key: 0 for view, _ in views}})
        connection.execute(f"CREATE TABLE spine AS SELECT row_number() OVER () AS {_ROW}, {keys} FROM {rows}")
        connection.execute(f"CREATE TABLE known AS {_query(timestamp, views)}")
        joined = f"SELECT s.*, k.* EXCLUDE ({_ROW}) FROM {rows} AS s POSITIONAL JOIN known AS k"
        with one_thread(connection):
            connection.execute(
                f"COPY ({joined}) TO {literal(str(output))} (FORMAT parquet, COMPRESSION zstd)"
            )
        return int(connection.execute("SELECT count(*) FROM spine").fetchall()[0][0])


def _query(timestamp: str, views: Sequence[tuple[FeatureView, Path]]) -> str:
    """Return the query of the features alone, in the order of the rows that they belong to."""
    columns = [
        _column(place, view, feature.name, timestamp)
        for place, (view, _) in enumerate(views)
        for feature in view.features
    ]
    joins = [_asof(place, view, path, timestamp) for place, (view, path) in enumerate(views)]
    return f"SELECT {', '.join([_ROW, *columns])} FROM spine AS s {' '.join(joins)} ORDER BY {_ROW}"


def _asof(place: int, view: FeatureView, path: Path, timestamp: str) -> str:
    """Return the join with the newest feature row before each row's time."""
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise NotFound("The view is not materialised.", found=str(path), where=view.name)
    source, key = ", ".join(literal(str(file)) for file in files), quoted(view.entity.key)
    return (
        f"ASOF LEFT JOIN read_parquet([{source}], hive_partitioning=false) AS v{place} "
        f"ON s.{key} = v{place}.{key} AND s.{quoted(timestamp)}::TIMESTAMP > v{place}.{EVENT_TIMESTAMP}"
    )


def _column(place: int, view: FeatureView, feature: str, timestamp: str) -> str:
    """Return a feature's column, null when it has outlived its time."""
    value = f"v{place}.{quoted(feature)}"
    if view.time_to_live_days is None:
        return f"{value} AS {quoted(feature)}"
    age = f"s.{quoted(timestamp)}::TIMESTAMP - v{place}.{EVENT_TIMESTAMP}"
    alive = f"{age} <= to_days({view.time_to_live_days})"
    return f"CASE WHEN {alive} THEN {value} END AS {quoted(feature)}"


def _refuse_clashes(columns: list[str], views: Sequence[FeatureView]) -> None:
    """Refuse two columns of one name; SQL does not tell them apart by case."""
    seen = {name.lower() for name in columns}
    for view in views:
        for feature in view.features:
            if feature.name.lower() in seen:
                raise InvalidSpec(
                    "A feature has the name of another column.",
                    found=feature.name,
                    where=view.name,
                    action="Rename the feature in features.yaml.",
                )
            seen.add(feature.name.lower())
