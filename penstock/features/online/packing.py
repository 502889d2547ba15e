"""From Arrow tables of feature rows to packed sections, a column at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.features.online.codec import HEAD, Section
from penstock.features.online.errors import UnstorableFeatures

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.features.online.layout import Layout
    from penstock.specs.base import ColumnType

EVENT_TIMESTAMP, WRITE_TIME, IS_DELETED = "event_timestamp", "write_time", "is_deleted"
_HEAD = np.dtype([
    ("view", "<u8"), ("layout", "<u8"), ("fixed", "<u8"), ("event", "<i8"), ("write", "<i8"),
    ("days", "<u4"), ("texts", "<u4"),
])  # fmt: skip

_FIRST, _LAST = (day.toordinal() - date(1970, 1, 1).toordinal() for day in (date.min, date.max))
_CALENDAR: Mapping[str, tuple[int, int]] = {
    "date": (_FIRST, _LAST),
    "timestamp": (_FIRST * 86_400_000_000, (_LAST + 1) * 86_400_000_000 - 1),
}
"""The first and the last value of what Python's calendar has."""


@dataclass(frozen=True)
class Packed:
    """Feature rows in bytes.

    Parameters
    ----------
    keys
        The entity of each row.
    events, writes
        Its event time and write time, in microseconds since 1970.
    sections
        Its packed features.
    """

    keys: list[str]
    events: list[int]
    writes: list[int]
    sections: list[Section]


def pack(layout: Layout, table: pa.Table, *, write_time: datetime | None = None) -> Packed:
    """Pack the rows of a table.

    Parameters
    ----------
    layout
        Of the view whose features the table holds.
    table
        The entity's key, ``event_timestamp`` and the features; perhaps ``write_time`` and ``is_deleted``.
    write_time
        For a table that does not have it: when the rows were made; 1970 when None.

    Raises
    ------
    UnstorableFeatures
        A column is missing or of another type, or a row has no key or no time.

    Notes
    -----
    Every value comes back as it went in: null, NaN and the infinities stay apart, texts may be empty or of
    any script, and times are of microseconds in UTC.
    """
    needed = [layout.key, EVENT_TIMESTAMP, *(name for name, _ in layout.features)]
    if missing := [name for name in needed if name not in table.column_names]:
        raise _refused(layout, "The feature rows lack columns.", found=f"no {', '.join(missing)}")
    columns = {name: table.column(name).combine_chunks() for name in table.column_names}
    keys = _keys(layout, columns[layout.key])
    events = _moments(layout, EVENT_TIMESTAMP, columns[EVENT_TIMESTAMP])
    if WRITE_TIME in columns:
        writes = _moments(layout, WRITE_TIME, columns[WRITE_TIME])
    else:
        writes = np.full(len(keys), 0 if write_time is None else microseconds(write_time), dtype=np.int64)
    fixed, texts = _values(layout, columns, len(keys))
    live = _live(columns, len(keys))
    heads = np.empty(len(keys), dtype=_HEAD)
    heads["view"], heads["layout"] = layout.identity
    heads["event"], heads["write"] = events, writes
    heads["days"], heads["fixed"] = layout.time_to_live_days or 0, np.where(live, layout.fixed.itemsize, 0)
    heads["texts"] = 0 if texts is None else np.where(live, [len(text) for text in texts], 0)
    sections = list(_sections(heads.tobytes(), fixed.tobytes(), layout.fixed.itemsize, texts, live))
    return Packed(keys, events.tolist(), writes.tolist(), sections)


def _sections(
    heads: bytes, fixed: bytes, size: int, texts: Sequence[bytes] | None, live: Any
) -> Iterator[Section]:
    """Yield the sections of all rows."""
    step, count = HEAD.size, len(heads) // HEAD.size
    cut_heads = [heads[at : at + step] for at in range(0, len(heads), step)]
    cut = [fixed[at : at + size] for at in range(0, len(fixed), size)]
    of_texts = [b""] * count if texts is None else texts
    if live.all():
        yield from map(Section, cut_heads, cut, of_texts)
        return
    for alive, *parts in zip(live.tolist(), cut_heads, cut, of_texts, strict=True):
        yield Section(*parts) if alive else Section(parts[0], b"", b"")


def rows_table(layout: Layout, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Make a table of rows, whose times may be texts (ISO 8601) and whose moment may be a date."""
    import pyarrow as pa

    kinds = _arrow_types()
    columns: dict[str, Any] = {}
    try:
        columns[layout.key] = pa.array([row[layout.key] for row in rows])
        for name in (EVENT_TIMESTAMP, WRITE_TIME):
            if rows and name in rows[0]:
                columns[name] = pa.array([_instant(row[name]) for row in rows], kinds["timestamp"])
        if rows and IS_DELETED in rows[0]:
            columns[IS_DELETED] = pa.array([row[IS_DELETED] for row in rows], kinds["boolean"])
        for name, kind in layout.features:
            columns[name] = pa.array([row[name] for row in rows], kinds[kind])
    except KeyError as error:
        raise _refused(layout, "The feature rows lack columns.", found=f"no {error.args[0]}") from error
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        where = next(reversed(columns), layout.key)
        raise _refused(layout, "A value is of another type.", found=f"{error}, after {where!r}") from error
    return pa.table(columns)


def microseconds(moment: datetime) -> int:
    """Return a time in microseconds since 1970; one without a zone is in UTC.

    Examples
    --------
    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1))
    1000000
    """
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _instant(value: Any) -> datetime | None:
    """Return a time given as text, date or time."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif not isinstance(value, datetime) and isinstance(value, date):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    found: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return found


def compute() -> Any:
    """Return Arrow's functions, which its types do not tell."""
    return import_module("pyarrow.compute")


def _arrow_types() -> dict[ColumnType, pa.DataType]:
    """Return the Arrow type of each of ours."""
    import pyarrow as pa

    return {
        "integer": pa.int64(), "decimal": pa.float64(), "boolean": pa.bool_(), "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"), "string": pa.string(),
    }  # fmt: skip


def _live(columns: Mapping[str, Any], count: int) -> Any:
    """Tell which rows are not deletions."""
    if IS_DELETED not in columns:
        return np.ones(count, dtype=bool)
    return ~columns[IS_DELETED].fill_null(False).to_numpy(zero_copy_only=False)


def _keys(layout: Layout, column: Any) -> list[str]:
    """Return the entity of each row as text."""
    import pyarrow as pa

    if column.null_count:
        raise _refused(layout, "A feature row has no key.", found=f"{column.null_count:,} of {len(column):,}")
    expected = "integer" if layout.key_type == "integer" else "string"
    if not _fits(column.type, expected) and not (expected == "string" and pa.types.is_integer(column.type)):
        raise _wrong_type(layout, layout.key, column.type, expected)
    keys: list[str] = column.cast(pa.string()).to_pylist()
    return keys


def _moments(layout: Layout, name: str, column: Any) -> Any:
    """Return times in microseconds, none of them null."""
    import pyarrow as pa

    if column.null_count:
        raise _refused(
            layout, f"A feature row has no {name}.", found=f"{column.null_count:,} of {len(column):,}"
        )
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("us"))
    return _numbers(layout, name, "timestamp", column)


def _values(layout: Layout, columns: Mapping[str, Any], count: int) -> tuple[Any, list[bytes] | None]:
    """Return the fixed parts of all rows, and the texts of each."""
    fixed = np.zeros(count, dtype=layout.fixed)
    nulls = np.zeros((count, len(layout.features)), dtype=bool)
    texts, ends = [], np.zeros(count, dtype=np.uint64)
    for n, (name, kind) in enumerate(layout.features):
        column = columns[name]
        if column.null_count:
            nulls[:, n] = column.is_null().to_numpy(zero_copy_only=False)
        if kind == "string":
            text = _text(layout, name, column)
            texts.append(text)
            ends = ends + _lengths(text)
            fixed[kind][:, layout.places[n]] = ends
        else:
            fixed[kind][:, layout.places[n]] = _numbers(layout, name, kind, column)
    fixed["nulls"] = np.packbits(nulls, axis=1, bitorder="little")
    return fixed, _joined(texts) if texts else None


def _text(layout: Layout, name: str, column: Any) -> Any:
    """Return a column of texts as bytes, empty where null."""
    import pyarrow as pa

    if not _fits(column.type, "string"):
        raise _wrong_type(layout, name, column.type, "string")
    return column.cast(pa.large_string()).cast(pa.large_binary()).fill_null(b"")


def _lengths(text: Any) -> Any:
    return compute().binary_length(text).to_numpy(zero_copy_only=False).astype(np.uint64)


def _joined(texts: list[Any]) -> list[bytes]:
    """Return the texts of each row, one behind the other."""
    import pyarrow as pa

    empty = pa.scalar(b"", pa.large_binary())
    whole = texts[0] if len(texts) == 1 else compute().binary_join_element_wise(*texts, empty)
    found: list[bytes] = whole.to_pylist()
    return found


def _numbers(layout: Layout, name: str, kind: ColumnType, column: Any) -> Any:
    """Return a column as the numbers that its fields hold, zero where null."""
    import pyarrow as pa

    if not _fits(column.type, kind):
        raise _wrong_type(layout, name, column.type, kind)
    if pa.types.is_null(column.type):
        return np.zeros(len(column), dtype=np.int64)
    try:
        if kind == "timestamp":
            column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False).cast(pa.int64())
        elif kind == "date":
            column = column.cast(pa.date32()).cast(pa.int32())
        elif kind != "boolean":
            column = column.cast(_arrow_types()[kind])
    except pa.ArrowInvalid as error:
        raise _refused(
            layout, f"Feature {name!r} cannot be kept.", found=str(error), expected=kind
        ) from error
    if column.null_count:
        column = column.fill_null(False if kind == "boolean" else 0)
    numbers = column.to_numpy(zero_copy_only=False)
    first, last = _CALENDAR.get(kind, (None, None))
    if first is not None and len(numbers) and not first <= numbers.min() <= numbers.max() <= last:
        raise _refused(layout, f"Column {name!r} has times that no calendar has.", expected="years 1 to 9999")
    return numbers


def _fits(found: Any, kind: str) -> bool:
    """Tell whether a column's Arrow type can hold what ours stands for."""
    import pyarrow as pa

    types = pa.types
    if types.is_null(found):
        return True
    if kind == "decimal":
        return bool(types.is_floating(found) or types.is_integer(found) or types.is_decimal(found))
    if kind == "string":
        value = found.value_type if types.is_dictionary(found) else found
        return bool(types.is_string(value) or types.is_large_string(value) or types.is_string_view(value))
    ask = {
        "integer": lambda: types.is_integer(found) or (types.is_decimal(found) and found.scale == 0),
        "boolean": lambda: types.is_boolean(found),
        "date": lambda: types.is_date(found),
        "timestamp": lambda: types.is_timestamp(found),
    }
    return bool(ask[kind]())


def _wrong_type(layout: Layout, name: str, found: Any, expected: str) -> UnstorableFeatures:
    return _refused(
        layout,
        f"Column {name!r} has another type than the view declares.",
        found=str(found),
        expected=expected,
        action="Raise the view's version when a feature changes its type.",
    )


def _refused(layout: Layout, message: str, **context: str) -> UnstorableFeatures:
    """Make the error of rows that cannot be stored."""
    return UnstorableFeatures(
        message, where=f"feature view {layout.view!r}, version {layout.version}", **context
    )
