"""The rows that a view counts: which columns it reads, whether they are there, and what is left out."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import InvalidSpec, NotFound
from penstock.features.offline.measures import KEY, MOMENT, Measure, Measuring
from penstock.specs.base import ColumnType
from penstock.specs.features import FeatureView
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SKEW = timedelta(days=1)


@dataclass(frozen=True)
class SourceRows:
    """How many rows a dataset has, and why some of them do not count.

    Parameters
    ----------
    rows_in
        All of them.
    rows_without_key, rows_without_timestamp
        Left out: they belong to nobody, or to no time (infinite times included).
    rows_filtered
        Left out by the view's ``where``.
    rows_in_future
        Counted, though their timestamp is more than a day later than the time of writing (clock skew).
    """

    rows_in: int = 0
    rows_without_key: int = 0
    rows_without_timestamp: int = 0
    rows_filtered: int = 0
    rows_in_future: int = 0


@dataclass(frozen=True)
class Source:
    """A view's rows as a query over files.

    Parameters
    ----------
    columns
        The files' columns and their SQL types, in order.
    measures
        What is computed, in the view's order.
    selected
        SQL of the columns that measures read, by name.
    condition
        SQL of the view's ``where``.
    """

    view: FeatureView
    scan: str
    columns: Mapping[str, str]
    measures: tuple[Measure, ...]
    selected: Mapping[str, str]
    condition: str

    def query(self, *, changed: Sequence[Path] | None, between: tuple[datetime, datetime] | None) -> str:
        """Return the query of the rows that count, by key and time (and by whole row where that matters)."""
        key, time = quoted(self.view.entity.key), self._time
        wanted = [self._counts]
        if changed is not None:
            wanted.append(f"{key} IN (SELECT {key} FROM {_scan(changed)})" if changed else "FALSE")
        if between is not None:
            wanted += [f"{time} < {moment(between[1])}", *self._not_before(between[0])]
        values = [f"{sql} AS {name}" for name, sql in self.selected.items()]
        order = [KEY, MOMENT, *self._ties]
        return (
            f"SELECT {', '.join([f'{key} AS {KEY}', f'{time} AS {MOMENT}', *values])} FROM {self.scan} "
            f"WHERE {' AND '.join(wanted)} ORDER BY {', '.join(order)}"
        )

    def count(self, connection: DuckDBPyConnection, written: datetime) -> SourceRows:
        """Count the rows, and those that do not count by their reason."""
        key, time = quoted(self.view.entity.key), self._time
        known = f"{key} IS NOT NULL"
        timed = f"{known} AND coalesce(isfinite({time}), FALSE)"
        row = connection.execute(
            f"SELECT count(*), count(*) FILTER (NOT ({known})), "
            f"count(*) FILTER ({known} AND NOT coalesce(isfinite({time}), FALSE)), "
            f"count(*) FILTER ({timed} AND NOT {self.condition}), "
            f"count(*) FILTER ({self._counts} AND {time} > {moment(written + _SKEW)}) FROM {self.scan}"
        ).fetchall()[0]
        return SourceRows(*map(int, row))

    @property
    def _time(self) -> str:
        return f"{quoted(self.view.timestamp)}::TIMESTAMP"

    @property
    def _counts(self) -> str:
        known = f"{quoted(self.view.entity.key)} IS NOT NULL"
        return f"({known} AND coalesce(isfinite({self._time}), FALSE) AND {self.condition})"

    @property
    def _ties(self) -> list[str]:
        """The order among rows of one moment: that of whole rows, if a feature takes one row's value."""
        if all(measure.feature.aggregate not in {None, "first", "latest"} for measure in self.measures):
            return []
        return [f"{quoted(name)} ASC NULLS FIRST" for name in self.columns]

    def _not_before(self, start: datetime) -> list[str]:
        """Return the condition that leaves out what no window reaches from a moment on."""
        windows = [measure.window for measure in self.measures]
        known = [window for window in windows if window is not None]
        if len(known) < len(windows):
            return []
        return [f"{self._time} > {moment(start - timedelta(microseconds=max(known)))}"]


def source(
    connection: DuckDBPyConnection,
    view: FeatureView,
    files: Sequence[Path],
    types: Mapping[str, ColumnType] | None,
) -> Source:
    """Find out how a view's rows are read, and whether the files have what it needs.

    Raises
    ------
    NotFound
        There are no files.
    SchemaMismatch
        A column is missing or of another type, or an expression cannot be evaluated.
    """
    if not files:
        raise NotFound("The view has no source rows.", found="no files", where=view.name)
    scan = _scan(files)
    columns = {
        str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    }
    # A file's smallest and largest values leave NaN out, which comparisons with it must not rely on.
    connection.execute("SET disabled_optimizers = 'statistics_propagation'")
    asked = Measuring(connection, view, columns, scan)
    measures = tuple(asked.measure(feature, types or {}) for feature in view.features)
    condition = asked.condition("where", view.where) if view.where else "TRUE"
    return Source(view, scan, columns, measures, asked.selected, condition)


def _scan(files: Sequence[Path]) -> str:
    names = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{names}], union_by_name=true, hive_partitioning=false)"


def moment(at: datetime) -> str:
    """Return a moment in UTC as SQL."""
    return f"{literal(at.isoformat(sep=' '))}::TIMESTAMP"


def refused(view: FeatureView, error: Exception) -> InvalidSpec:
    """Return the error of an expression that fails on a row."""
    return InvalidSpec(
        "An expression of the view fails on a row of its source.",
        found=str(error).splitlines()[0],
        where=f"view {view.name!r}",
        action="Use TRY_CAST, nullif or a condition, so that it is null there.",
    )
