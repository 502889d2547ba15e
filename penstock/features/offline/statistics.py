"""What a view holds, in numbers: rows, entities, and for each feature what it is like."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.features.offline.layout import EVENT_TIMESTAMP
from penstock.specs.base import ColumnType
from penstock.specs.features import FeatureView
from penstock.tables import one_thread, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EACH, _AT_ONCE = 7, 25


class FeatureStatistics(BaseModel):
    """What a feature's values are like.

    ``distinct`` is approximate; ``mean`` leaves infinities out; ``newest`` is the last event time at which
    the feature is not null.
    """

    model_config = ConfigDict(frozen=True)

    count: int
    nulls: int
    distinct: int
    minimum: float | str | None = None
    maximum: float | str | None = None
    mean: float | None = None
    newest: str | None = None


class ViewStatistics(BaseModel):
    """What a view holds."""

    model_config = ConfigDict(frozen=True)

    rows: int
    entities: int
    oldest: str | None
    newest: str | None
    features: dict[str, FeatureStatistics]


def view_statistics(
    connection: DuckDBPyConnection, view: FeatureView, rows: str, types: Mapping[str, ColumnType]
) -> ViewStatistics:
    """Describe rows of a view.

    Parameters
    ----------
    rows
        SQL table of them.
    types
        Of the features, by name.
    """
    whole = (
        f"count(*), count(DISTINCT {quoted(view.entity.key)}), min({EVENT_TIMESTAMP}), max({EVENT_TIMESTAMP})"
    )
    names, parts = list(types), dict[str, Any]()
    with one_thread(connection):  # means of floats in another order differ in the last digits
        found = connection.execute(f"SELECT {whole} FROM {rows}").fetchall()[0]
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            asked = ", ".join(_asked(name, types[name]) for name in some)
            values = connection.execute(f"SELECT {asked} FROM {rows}").fetchall()[0]
            parts |= {name: values[place * _EACH : (place + 1) * _EACH] for place, name in enumerate(some)}
    return ViewStatistics(
        rows=found[0],
        entities=found[1],
        oldest=_text(found[2]),
        newest=_text(found[3]),
        features={name: _statistics(part) for name, part in parts.items()},
    )


def _asked(name: str, kind: ColumnType) -> str:
    """Return the aggregates of a feature."""
    column = quoted(name)
    mean = "NULL::DOUBLE"
    if kind in {"integer", "decimal", "boolean"}:
        mean = f"avg(CASE WHEN isfinite({column}::DOUBLE) THEN {column}::DOUBLE END)"
    return (
        f"count({column}), count(*) - count({column}), approx_count_distinct({column}), min({column}), "
        f"max({column}), {mean}, max(CASE WHEN {column} IS NOT NULL THEN {EVENT_TIMESTAMP} END)"
    )


def _statistics(part: Any) -> FeatureStatistics:
    count, nulls, distinct, minimum, maximum, mean, newest = part
    return FeatureStatistics(
        count=count,
        nulls=nulls,
        distinct=distinct,
        minimum=_plain(minimum),
        maximum=_plain(maximum),
        mean=None if mean is None else float(f"{mean:.12g}"),  # the order of addition shows in the last ones
        newest=_text(newest),
    )


def _plain(value: Any) -> float | str | None:
    """Return a number, or text; text for infinities too, which JSON has no numbers for."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else str(value)
    return _text(value) or ""


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds") + "Z"
    return value.isoformat() if isinstance(value, date) else value if value is None else str(value)
