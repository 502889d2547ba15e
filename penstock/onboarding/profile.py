"""The profile of curated data: a few columns a query, so that memory stays small and wide tables are fast."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
_TOGETHER = 64
_VALUES = 20_000_000
"""Values that quantiles may hold in memory at once."""


@dataclass
class _Subject:
    """A column being profiled, and what is known about it so far."""

    column: Column
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> str:
        """The column as an expression."""
        return quoted(self.column.name)

    @property
    def is_shown(self) -> bool:
        """Whether its values may be shown."""
        return self.column.sensitivity == "none" and self.column.protect != "hash"

    @property
    def is_number(self) -> bool:
        """Whether it can be averaged, and there is something to average."""
        present = self.facts["count"] > self.facts["nulls"]
        return self.column.type in {"integer", "decimal"} and self.is_shown and present

    @property
    def is_countable(self) -> bool:
        """Whether its frequent values are worth counting."""
        return self.is_shown and 0 < self.facts["distinct"] <= _COUNTABLE


def profile(
    connection: DuckDBPyConnection, data: Path, columns: Sequence[Column], *, rows: int
) -> Iterator[ColumnProfile]:
    """Yield the profile of each column of a Parquet file that has so many rows."""
    source = f"read_parquet({literal(str(data))})"
    together = max(1, min(_TOGETHER, _VALUES // max(rows, 1)))
    for first in range(0, len(columns), together):
        subjects = [_Subject(column) for column in columns[first : first + together]]
        _find_basics(connection, source, subjects)
        _find_moments(connection, source, [subject for subject in subjects if subject.is_number])
        _find_histogram(connection, source, [subject for subject in subjects if subject.is_number])
        _find_top(connection, source, [subject for subject in subjects if subject.is_countable])
        yield from map(_profile, subjects)


def _profile(subject: _Subject) -> ColumnProfile:
    """Return what was found about a column."""
    kind = "string" if subject.column.protect == "hash" else subject.column.type
    return ColumnProfile(name=subject.column.name, type=kind, **subject.facts)


def _ask(connection: DuckDBPyConnection, source: str, asked: Sequence[Sequence[str]]) -> list[list[Any]]:
    """Ask several aggregates of each column in one query; return the answers by column."""
    flat = [expression for expressions in asked for expression in expressions]
    if not flat:
        return []
    answers = iter(connection.execute(f"SELECT {', '.join(flat)} FROM {source}").fetchall()[0])
    return [[next(answers) for _ in expressions] for expressions in asked]


def _find_basics(connection: DuckDBPyConnection, source: str, subjects: Sequence[_Subject]) -> None:
    """Find counts and extremes."""
    answers = _ask(connection, source, [_basics(subject) for subject in subjects])
    for subject, (count, present, distinct, *extremes) in zip(subjects, answers, strict=True):
        subject.facts |= {"count": count, "nulls": count - present, "distinct": min(distinct, present)}
        subject.facts |= dict(zip(("minimum", "maximum"), extremes, strict=False))


def _basics(subject: _Subject) -> list[str]:
    """Return the aggregates of counts, and of extremes where they may be shown."""
    value = subject.value
    counts = ["count(*)", f"count({value})", f"approx_count_distinct({value})"]
    if not subject.is_shown:
        return counts
    shape = (
        "{}::DOUBLE" if subject.column.type in {"integer", "decimal"} else f"left({{}}::VARCHAR, {_SHOWN})"
    )
    return counts + [shape.format(f"{name}({value})") for name in ("min", "max")]


def _find_moments(connection: DuckDBPyConnection, source: str, subjects: Sequence[_Subject]) -> None:
    """Find mean, deviation and quantiles."""
    points = ", ".join(map(str, QUANTILES))
    asked = [
        [f"quantile_cont({value}, [{points}])", f"avg({value})", _deviation(subject)]
        for subject in subjects
        for value in [f"{subject.value}::DOUBLE"]
    ]
    for subject, (quantiles, mean, std) in zip(subjects, _ask(connection, source, asked), strict=True):
        named = {f"p{100 * point:g}": _rounded(x) for point, x in zip(QUANTILES, quantiles, strict=True)}
        subject.facts |= {"mean": _rounded(mean), "std": _rounded(std), "quantiles": named}


def _deviation(subject: _Subject) -> str:
    """Return the aggregate of the standard deviation of the sample, null where it would overflow."""
    largest = max(abs(subject.facts["minimum"]), abs(subject.facts["maximum"]))
    return "NULL" if largest > 1e150 else f"stddev_samp({subject.value}::DOUBLE)"  # noqa: PLR2004


def _rounded(value: float | None) -> float | None:
    """Round to twelve digits: parallel sums differ in the last ones."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.12g}")


def _find_histogram(connection: DuckDBPyConnection, source: str, subjects: Sequence[_Subject]) -> None:
    """Find how many values lie in each of ten ranges of equal width (one range when all values are equal)."""
    asked = [[f"histogram({_bucket(subject)})"] for subject in subjects]
    for subject, [counts] in zip(subjects, _ask(connection, source, asked), strict=True):
        subject.facts["histogram"] = tuple(_buckets(subject, counts))


def _width(subject: _Subject) -> float:
    """Return the width of a range; half the difference first, which cannot overflow."""
    return 2.0 * float((subject.facts["maximum"] / 2 - subject.facts["minimum"] / 2) / BUCKETS)


def _bucket(subject: _Subject) -> str:
    """Return the expression of a value's range, null for null."""
    value, low, width = f"{subject.value}::DOUBLE", literal(subject.facts["minimum"]), _width(subject)
    if not width:
        return f"CASE WHEN {value} IS NOT NULL THEN 0 END"
    return f"least({BUCKETS - 1}, floor(({value} / 2 - {low} / 2) / {literal(width / 2)}))::INTEGER"


def _buckets(subject: _Subject, counts: Mapping[int, int]) -> Iterator[Bucket]:
    """Yield the ranges with their counts."""
    low, high, width = subject.facts["minimum"], subject.facts["maximum"], _width(subject)
    last = BUCKETS - 1 if width else 0
    for place in range(last + 1):
        upper = high if place == last else low + (place + 1) * width
        yield Bucket(lower=low + place * width, upper=upper, count=counts.get(place, 0))


def _find_top(connection: DuckDBPyConnection, source: str, subjects: Sequence[_Subject]) -> None:
    """Find the most frequent values, ties in the order of their text."""
    asked = [[f"histogram({subject.value})::MAP(VARCHAR, BIGINT)"] for subject in subjects]
    for subject, [counts] in zip(subjects, _ask(connection, source, asked), strict=True):
        ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:TOP]
        subject.facts["top"] = tuple(TopValue(value=value[:_SHOWN], count=n) for value, n in ranked)
