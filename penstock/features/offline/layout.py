"""Where the offline store keeps a view: folders by event time, files of one write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from penstock.specs.base import ColumnType
from penstock.specs.features import FeatureView

EVENT_TIMESTAMP = "event_timestamp"
WRITE_TIME, INVOKED, DELETED = "write_time", "api_invocation_time", "is_deleted"
_DEPTHS = ("year", "month", "day", "hour")


def view_prefix(use_case: str, view: FeatureView) -> str:
    """Return the prefix of a view's objects in the lake.

    Examples
    --------
    >>> view = FeatureView(
    ...     name="history", version=2, entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "payments", "aggregate": "count"}])
    >>> view_prefix("late_invoices", view)
    'features/late_invoices/history/v2'
    """
    return f"features/{use_case}/{view.name}/v{view.version}"


def partition_keys(view: FeatureView) -> tuple[str, ...]:
    """Return the names of the folders by which a view is partitioned, ``year`` first."""
    return _DEPTHS[: _DEPTHS.index(view.partition) + 1]


def partition_folder(view: FeatureView, at: datetime) -> str:
    """Return the folder of a moment, as SageMaker's offline store names it.

    Examples
    --------
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "payments", "aggregate": "count"}])
    >>> partition_folder(view, datetime(2025, 3, 1))
    'year=2025/month=03'
    """
    return "/".join(
        f"{name}={getattr(at, name):0{4 if name == 'year' else 2}}" for name in partition_keys(view)
    )


def stored_columns(view: FeatureView, types: dict[str, ColumnType]) -> Iterator[tuple[str, ColumnType]]:
    """Yield the columns of a view's files and their types, without the partition keys.

    Parameters
    ----------
    types
        Of the features, by name.
    """
    yield view.entity.key, view.entity.type
    yield EVENT_TIMESTAMP, "timestamp"
    yield from ((feature.name, types[feature.name]) for feature in view.features)
    yield from ((WRITE_TIME, "timestamp"), (INVOKED, "timestamp"), (DELETED, "boolean"))


def utc(at: datetime | str) -> datetime:
    """Return a moment in UTC without a zone, as the store keeps it.

    Examples
    --------
    >>> utc("2025-01-01T02:00:00+02:00")
    datetime.datetime(2025, 1, 1, 0, 0)
    """
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def parquet_files(path: Path) -> list[Path]:
    """Return a file, or the Parquet files of a folder at any depth, in order of name."""
    return sorted(file for file in path.rglob("*.parquet") if file.is_file()) if path.is_dir() else [path]
