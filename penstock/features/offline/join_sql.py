"""The point-in-time join as SQL for engines without one: Athena (Trino)."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Sequence

from penstock.features.offline.layout import DELETED, EVENT_TIMESTAMP, WRITE_TIME
from penstock.specs.features import FeatureView
from penstock.tables import quoted

_ROW_SIDE, _NOT_YET, _ALREADY = 1, 2, 0


def join_sql(
    *,
    spine: str,
    columns: Sequence[str],
    timestamp: str,
    views: Sequence[tuple[FeatureView, str]],
    order_by: Sequence[str] = (),
) -> str:
    """Return the query that adds the features of views to rows, as :func:`join` does, in Athena's SQL.

    Rows and feature rows of one entity are sorted together once, each row is told the newest event time
    before it of every view, and the features are then looked up by key and event time.

    Parameters
    ----------
    spine
        Table of the rows (or a query in parentheses), as it stands in SQL.
    columns
        Names of its columns; they have ``timestamp`` and the key column of every view's entity.
    timestamp
        The column that says when a row is predicted.
    views
        Each view with its table of the offline store, as it stands in SQL.
    order_by
        Columns to sort by; SQL promises no order otherwise.

    Returns
    -------
    str
        DuckDB runs it too.

    Notes
    -----
    Athena reads times of Parquet files to the millisecond, :func:`join` to the microsecond.

    Examples
    --------
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "payments", "aggregate": "count"}])
    >>> text = join_sql(spine="orders", columns=["customer", "ordered"], timestamp="ordered",
    ...                 views=[(view, "late_invoices__feature__history_v1")])
    >>> text.startswith('WITH __v0 AS (SELECT "customer", event_timestamp, "payments" FROM')
    True
    """
    tables = [_versions(place, view, table) for place, (view, table) in enumerate(views)]
    rows = f"(SELECT {_listed(columns)} FROM {spine}) AS __spine"
    carried = list(map(quoted, columns))
    for key in dict.fromkeys(view.entity.key for view, _ in views):
        mine = [(place, view) for place, (view, _) in enumerate(views) if view.entity.key == key]
        rows = f"({_told(rows, carried, key, timestamp, mine)}) AS __told"
        carried += [f"__m{place}" for place, _ in mine]
    features = [
        f"__v{place}.{quoted(feature.name)}"
        for place, (view, _) in enumerate(views)
        for feature in view.features
    ]
    joins = [_lookup(place, view, timestamp) for place, (view, _) in enumerate(views)]
    order = f" ORDER BY {_listed(order_by)}" if order_by else ""
    own = [f"__told.{quoted(name)}" for name in columns]
    within = f"WITH {', '.join(tables)} " if tables else ""
    source = rows if views else f"(SELECT {_listed(columns)} FROM {spine}) AS __told"
    return f"{within}SELECT {', '.join([*own, *features])} FROM {source} {' '.join(joins)}{order}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names))


def _versions(place: int, view: FeatureView, table: str) -> str:
    """Return the newest version of each row of a view, as a named query."""
    key = quoted(view.entity.key)
    names = ", ".join([key, EVENT_TIMESTAMP, *(quoted(feature.name) for feature in view.features)])
    rank = f"row_number() OVER (PARTITION BY {key}, {EVENT_TIMESTAMP} ORDER BY {WRITE_TIME} DESC)"
    return (
        f"__v{place} AS (SELECT {names} FROM "
        f"(SELECT {names}, {DELETED}, {rank} AS __rank FROM {table}) AS __all "
        f"WHERE __rank = 1 AND NOT {DELETED})"
    )


def _told(
    rows: str, carried: Sequence[str], key: str, timestamp: str, views: Sequence[tuple[int, FeatureView]]
) -> str:
    """Return rows with the newest event time before each, of every view of one entity."""
    own = ", ".join(carried)
    moment = f"CAST({quoted(timestamp)} AS TIMESTAMP(6))"
    union = [
        f"SELECT {own}, {quoted(key)} AS __key, {moment} AS __moment, {_ROW_SIDE} AS __side, -1 AS __view, "
        f"CAST(NULL AS TIMESTAMP(6)) AS __event FROM {rows}"
    ]
    union += [_events(place, view, carried) for place, view in views]
    order = "(PARTITION BY __key ORDER BY __moment, __side ROWS UNBOUNDED PRECEDING)"
    newest = [
        f"max(CASE WHEN __view = {place} THEN __event END) OVER {order} AS __m{place}" for place, _ in views
    ]
    told = f"SELECT {own}, __view, {', '.join(newest)} FROM ({' UNION ALL '.join(union)}) AS __union"
    names = ", ".join([*carried, *(f"__m{place}" for place, _ in views)])
    return f"SELECT {names} FROM ({told}) AS __rows WHERE __view = -1"


def _events(place: int, view: FeatureView, carried: Sequence[str]) -> str:
    """Return the event times of a view, at the moments at which they are known."""
    nothing = ", ".join(f"NULL AS {name}" for name in carried)
    event = f"CAST({EVENT_TIMESTAMP} AS TIMESTAMP(6))"
    known = f"{event} + {_interval(view.delay)}" if view.delay else event
    side = _ALREADY if view.inclusive else _NOT_YET
    return (
        f"SELECT {nothing}, {quoted(view.entity.key)} AS __key, {known} AS __moment, {side} AS __side, "
        f"{place} AS __view, {event} AS __event FROM __v{place}"
    )


def _lookup(place: int, view: FeatureView, timestamp: str) -> str:
    """Return the join with the feature row of an event time, unless it is too old."""
    event, moment = f"CAST(__v{place}.{EVENT_TIMESTAMP} AS TIMESTAMP(6))", f"__told.{quoted(timestamp)}"
    match = [
        f"__told.{quoted(view.entity.key)} = __v{place}.{quoted(view.entity.key)}",
        f"__told.__m{place} = {event}",
        f"{moment} IS NOT NULL",
    ]
    if view.time_to_live_days is not None:
        alive = f"{event} + INTERVAL '{view.time_to_live_days}' DAY"
        match.append(f"CAST({moment} AS TIMESTAMP(6)) <= {alive}")
    return f"LEFT JOIN __v{place} ON {' AND '.join(match)}"


def _interval(span: str) -> str:
    """Return a span of time as SQL."""
    number, unit = span.split(" ")
    return f"INTERVAL '{int(number)}' {unit.removesuffix('s').upper()}"
