"""The profile of curated data: one column at a time, so that memory stays small however wide the table is."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.onboarding.report import Bucket, ColumnProfile, TopValue
from penstock.specs import Column
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BUCKETS = 10
TOP = 10
_COUNTABLE = 10_000
"""Columns with more distinct values have no top values: counting them all would say little for its cost."""
_SHOWN = 100


@dataclass(frozen=True)
class _Subject:
    """A column being profiled: its declaration and how SQL reads it."""

    column: Column
    source: str

    @property
    def value(self) -> str:
        """The column as an expression."""
        return quoted(self.column.name)

    @property
    def is_number(self) -> bool:
        """Whether it can be averaged."""
        return self.column.type in {"integer", "decimal"} and not self.is_hidden

    @property
    def is_hidden(self) -> bool:
        """Whether its values must not be shown."""
        return self.column.sensitivity != "none" or self.column.protect == "hash"


def profile(connection: DuckDBPyConnection, data: Path, columns: Sequence[Column]) -> Iterator[ColumnProfile]:
    """Yield the profile of each column of a Parquet file."""
    source = f"read_parquet({literal(str(data))})"
    for column in columns:
        yield _column(connection, _Subject(column, source))


def _column(connection: DuckDBPyConnection, subject: _Subject) -> ColumnProfile:
    """Profile one column."""
    count, present, distinct = _row(
        connection, f"count(*), count({subject.value}), approx_count_distinct({subject.value})", subject
    )
    distinct = min(distinct, present)
    facts: dict[str, Any] = {} if subject.is_hidden or not present else _extremes(connection, subject)
    if subject.is_number and present:
        facts |= _moments(connection, subject)
        facts["histogram"] = tuple(_histogram(connection, subject, facts["minimum"], facts["maximum"]))
    if not subject.is_hidden and distinct <= _COUNTABLE:
        facts["top"] = tuple(_top(connection, subject))
    return ColumnProfile(
        name=subject.column.name,
        type="string" if subject.column.protect == "hash" else subject.column.type,
        count=count,
        nulls=count - present,
        distinct=distinct,
        **facts,
    )


def _row(connection: DuckDBPyConnection, expressions: str, subject: _Subject) -> tuple[Any, ...]:
    """Return the only row of an aggregate."""
    row: tuple[Any, ...] = connection.execute(f"SELECT {expressions} FROM {subject.source}").fetchall()[0]
    return row


def _extremes(connection: DuckDBPyConnection, subject: _Subject) -> dict[str, Any]:
    """Return the least and the greatest value, as a number or as text."""
    shape = "{}::DOUBLE" if subject.is_number else f"left({{}}::VARCHAR, {_SHOWN})"
    expressions = ", ".join(shape.format(f"{name}({subject.value})") for name in ("min", "max"))
    return dict(zip(("minimum", "maximum"), _row(connection, expressions, subject), strict=True))


def _moments(connection: DuckDBPyConnection, subject: _Subject) -> dict[str, Any]:
    """Return mean, deviation and quantiles of a number."""
    import duckdb

    value = f"{subject.value}::DOUBLE"
    points = ", ".join(map(str, QUANTILES))
    quantiles = _row(connection, f"quantile_cont({value}, [{points}])", subject)[0]
    try:
        mean, std = _row(connection, f"avg({value}), stddev_samp({value})", subject)
    except duckdb.OutOfRangeException:
        mean, std = None, None
    named = {f"p{100 * point:g}": _rounded(x) for point, x in zip(QUANTILES, quantiles, strict=True)}
    return {"mean": _rounded(mean), "std": _rounded(std), "quantiles": named}


def _rounded(value: float | None) -> float | None:
    """Round to twelve digits: parallel sums differ in the last ones."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.12g}")


def _histogram(
    connection: DuckDBPyConnection, subject: _Subject, low: float, high: float
) -> Iterator[Bucket]:
    """Yield ten ranges of equal width with their counts; one range when all values are equal."""
    width = (high - low) / BUCKETS
    if not math.isfinite(width):
        return
    value = subject.value
    place = f"least({BUCKETS - 1}, floor(({value} - {literal(low)}) / {literal(width)}))" if width else "0"
    query = f"SELECT {place}::INTEGER, count(*) FROM {subject.source} WHERE {value} IS NOT NULL GROUP BY 1"
    counts = dict(connection.execute(query).fetchall())
    for bucket in range(BUCKETS if width else 1):
        upper = high if bucket == BUCKETS - 1 or not width else low + (bucket + 1) * width
        yield Bucket(lower=low + bucket * width, upper=upper, count=counts.get(bucket, 0))


def _top(connection: DuckDBPyConnection, subject: _Subject) -> Iterator[TopValue]:
    """Yield the most frequent values, ties in the order of their text."""
    found = connection.execute(
        f"SELECT {subject.value}::VARCHAR AS value, count(*) AS n FROM {subject.source} "
        f"WHERE {subject.value} IS NOT NULL GROUP BY ALL ORDER BY n DESC, value LIMIT {TOP}"
    ).fetchall()
    for value, count in found:
        yield TopValue(value=value[:_SHOWN], count=count)
