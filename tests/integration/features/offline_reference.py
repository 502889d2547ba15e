"""What somebody with all the time in the world would compute: features and joins row by row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.specs import FeatureView
from penstock.specs.features import Feature, span

Row = Mapping[str, Any]
CONDITIONS = {
    None: lambda row: True,
    "flag": lambda row: bool(row["flag"]),
    "n > 1": lambda row: (row["n"] or 0) > 1,
}
EXPRESSIONS = {"n * 2": lambda row: None if row["n"] is None else row["n"] * 2,
               "number / 2": lambda row: None if row["number"] is None else row["number"] / 2}  # fmt: skip
SCHEMA = pa.schema({
    "who": pa.string(), "at": pa.timestamp("us"), "number": pa.float64(), "n": pa.int64(),
    "text": pa.string(), "flag": pa.bool_(), "day": pa.date32(),
})  # fmt: skip


def write(path: Path, rows: Iterable[Row], schema: pa.Schema = SCHEMA) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=schema), path)
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return pq.ParquetFile(path).read().to_pylist()


def _known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _sort_key(row: Row) -> tuple[Any, ...]:
    def key(value: Any) -> tuple[Any, ...]:
        if value is None:
            return (0,)
        if isinstance(value, float):
            return (1, math.isnan(value), 0.0 if math.isnan(value) else value)
        return (1, value.encode() if isinstance(value, str) else value)

    return tuple(key(row[name]) for name in SCHEMA.names)


def _sum(values: Sequence[float]) -> float | None:
    if not values or (math.inf in values and -math.inf in values):
        return None
    if math.inf in values or -math.inf in values:
        return math.inf if math.inf in values else -math.inf
    return math.fsum(values)


def _deviation(values: Sequence[float]) -> float | None:
    if len(values) < 2 or any(math.isinf(value) for value in values):
        return None
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    square = sum((value - mean) ** 2 for value in exact) / (len(exact) - 1)
    with localcontext() as context:
        context.prec = 60
        return float((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


def _aggregate(feature: Feature, rows: Sequence[Row]) -> Any:
    """Compute a feature of the rows that count, oldest first."""
    if feature.aggregate is None:
        found = EXPRESSIONS[feature.expression or ""](rows[-1]) if rows else None
        return found if _known(found) else None
    if feature.aggregate == "count" and feature.of is None and feature.expression is None:
        return len(rows)
    value = EXPRESSIONS[feature.expression] if feature.expression else lambda row: row[feature.of]
    values = [value(row) for row in rows if _known(value(row))]
    if feature.aggregate in {"count", "distinct"}:
        return len(values) if feature.aggregate == "count" else len(set(values))
    if not values:
        return None
    numbers = [float(one) for one in values] if feature.known_type == "decimal" else []
    computed = {
        "sum": lambda: _sum(numbers),
        "mean": lambda: None if (total := _sum(numbers)) is None else total / len(values),
        "deviation": lambda: _deviation(numbers),
        "minimum": lambda: min(values),
        "maximum": lambda: max(values),
        "first": lambda: values[0],
        "latest": lambda: values[-1],
        "share_above": lambda: sum(one > (feature.threshold or 0) for one in numbers) / len(values),
    }
    return computed[feature.aggregate]()


def naive_features(view: FeatureView, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a view's feature rows by key and time."""
    counted = [
        row for row in rows
        if row["who"] is not None and row["at"] is not None and CONDITIONS[view.where](row)
    ]  # fmt: skip
    counted.sort(key=lambda row: (row["who"].encode(), row["at"], _sort_key(row)))
    moments = dict.fromkeys((row["who"], row["at"]) for row in counted)
    found = []
    for who, at in moments:
        seen = [row for row in counted if row["who"] == who and row["at"] <= at]
        made = {"who": who, "event_timestamp": at}
        for feature in view.features:
            start = at - span(feature.window) if feature.window else datetime.min
            made[feature.name] = _aggregate(
                feature, [row for row in seen if row["at"] > start and CONDITIONS[feature.where](row)]
            )
        found.append(made)
    return found


def naive_join(
    spine: Sequence[Row], timestamp: str, views: Sequence[tuple[FeatureView, Sequence[Row]]]
) -> list[dict[str, Any]]:
    """Return the spine's rows with the features of views, given all versions of their rows."""
    joined = []
    for row in spine:
        made = dict(row)
        for view, versions in views:
            found = _newest(view, versions, row[view.entity.key], row[timestamp])
            made |= {feature.name: found[feature.name] if found else None for feature in view.features}
        joined.append(made)
    return joined


def _newest(view: FeatureView, versions: Sequence[Row], who: Any, at: datetime | None) -> Row | None:
    newest: dict[datetime, Row] = {}
    for version in sorted(versions, key=lambda one: one["write_time"]):
        if version[view.entity.key] == who:
            newest[version["event_timestamp"]] = version
    delay = span(view.delay) if view.delay else timedelta(0)
    known = [
        moment for moment, version in newest.items()
        if at and not version["is_deleted"]
        and (moment + delay <= at if view.inclusive else moment + delay < at)
    ]  # fmt: skip
    if not known or at is None:
        return None
    days = view.time_to_live_days
    alive = days is None or at - max(known) <= timedelta(days=days)
    return newest[max(known)] if alive else None
