"""What DynamoDB takes: the lengths of keys and items, and rows that may be stored at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.features.online.codec import HEAD, START, Section
from penstock.features.online.errors import UnstorableFeatures
from penstock.features.online.packing import EVENT_TIMESTAMP, compute, pack

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.features.online.layout import Layout

LONGEST_KEY = 2_048
"""Bytes of a partition key."""
LARGEST_ITEM = 400 * 1_024
"""Bytes of an item, names of its attributes included."""
_AROUND = 64
"""Bytes of an item beside key and packed value: names, sort key, revision, time to live."""


def entity_key(use_case: str, entity: str, key: str) -> str:
    """Return the partition key of an entity's item.

    Examples
    --------
    >>> entity_key("late_invoices", "customer", "C1")
    'late_invoices#customer#C1'
    """
    return f"{use_case}#{entity}#{key}"


def readable_key(use_case: str, layout: Layout, key: Any) -> str | None:
    """Return the partition key to read, or None for a key that nothing can be stored under.

    A whole number is the same key as its text, so ``7``, ``7.0`` (as JSON and data frames may have it) and
    ``"7"`` find the same entity where the key is an integer.
    """
    if key is None or isinstance(key, bool):
        return None
    if isinstance(key, float):
        if not key.is_integer():
            return None
        key = int(key)
    place = entity_key(use_case, layout.entity, str(key))
    if place.isascii():
        return place if len(place) <= LONGEST_KEY else None
    try:
        return place if len(place.encode()) <= LONGEST_KEY else None
    except UnicodeEncodeError:
        return None


def check_tables(use_case: str, tables: Mapping[Layout, pa.Table], *, latest: datetime | None) -> None:
    """Refuse rows that cannot be stored, before any is.

    Raises
    ------
    UnstorableFeatures
        A column is missing or of another type, a key or time is null, a key is too long, an event lies after
        ``latest``, or the features of one row alone are larger than an item.
    """
    for layout, table in tables.items():
        pack(layout, table.slice(0, 0))
        for name in (layout.key, EVENT_TIMESTAMP):
            if nulls := table.column(name).null_count:
                raise _refused(
                    layout, f"Feature rows have no {name}.", found=f"{nulls:,} of {len(table):,} rows"
                )
        if len(table):
            _check_keys(use_case, layout, table)
            _check_moments(layout, table, latest)
            _check_sizes(layout, table)


def check_item(key: str, packed: bytes, sections: Sequence[Section]) -> None:
    """Refuse an item that DynamoDB does not take.

    Raises
    ------
    UnstorableFeatures
        It is too large; the error says by which views.
    """
    if len(packed) + len(key) + _AROUND < LARGEST_ITEM // 4:
        return
    if (size := len(packed) + len(key.encode()) + _AROUND) > LARGEST_ITEM:
        sizes = ", ".join(f"{sum(map(len, section)):,}" for section in sections)
        raise UnstorableFeatures(
            "The features of an entity are too large for one item.",
            found=f"{size:,} bytes, of views with {sizes}",
            expected=f"at most {LARGEST_ITEM:,} bytes",
            where=key[:200],
            action="Keep long texts out of the views, or give some of the views online: false.",
        )


def _check_keys(use_case: str, layout: Layout, table: pa.Table) -> None:
    """Refuse keys that are too long."""
    import pyarrow as pa

    keys = table.column(layout.key)
    if pa.types.is_integer(keys.type):
        return
    most = LONGEST_KEY - len(entity_key(use_case, layout.entity, ""))
    lengths = compute().binary_length(keys.cast(pa.large_string()))
    if (longest := compute().max(lengths).as_py()) > most:
        key = keys[compute().index(lengths, longest).as_py()].as_py()
        raise _refused(
            layout, "The key of an entity is too long.", found=f"{longest:,} bytes: {key[:60]!r}…",
            expected=f"at most {most:,} bytes", action="Use a shorter key, such as a hash of it.",
        )  # fmt: skip


def _check_moments(layout: Layout, table: pa.Table, latest: datetime | None) -> None:
    """Refuse events of the future."""
    import pyarrow as pa

    if latest is None:
        return
    moments = table.column(EVENT_TIMESTAMP)
    newest = (
        compute()
        .max(moments.cast(pa.timestamp("us", tz=getattr(moments.type, "tz", None)), safe=False))
        .as_py()
    )
    newest = newest.replace(tzinfo=UTC) if newest.tzinfo is None else newest
    last = latest if latest.tzinfo else latest.replace(tzinfo=UTC)
    if newest > last:
        raise _refused(
            layout, "A feature row is of the future.", found=f"event at {newest.isoformat()}",
            expected=f"none after {last.isoformat()}",
            action="Correct the row's timestamp; if it is right, give the write a larger skew.",
        )  # fmt: skip


def _check_sizes(layout: Layout, table: pa.Table) -> None:
    """Refuse rows whose texts alone are larger than an item."""
    import pyarrow as pa

    names = [name for name, kind in layout.features if kind == "string"]
    total: Any = None
    for name in names:
        lengths = compute().fill_null(compute().binary_length(table.column(name).cast(pa.large_string())), 0)
        total = lengths if total is None else compute().add(total, lengths)
    if total is None:
        return
    largest = compute().max(total).as_py()
    size = largest + layout.fixed.itemsize + HEAD.size + START.size + _AROUND
    if size > LARGEST_ITEM:
        key = table.column(layout.key)[compute().index(total, largest).as_py()].as_py()
        raise _refused(
            layout,
            "The features of an entity are too large for one item.",
            found=f"{size:,} bytes: {str(key)[:60]!r}",
            expected=f"at most {LARGEST_ITEM:,} bytes",
            action="Keep long texts out of the view.",
        )


def _refused(layout: Layout, message: str, **context: str) -> UnstorableFeatures:
    return UnstorableFeatures(
        message, where=f"feature view {layout.view!r}, version {layout.version}", **context
    )
