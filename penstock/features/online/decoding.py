"""From packed values of many entities to columns, a column at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from penstock.features.online.codec import HEAD, START, check, corrupt, readable

if TYPE_CHECKING:
    from penstock.features.online.layout import Layout

Signature = tuple[tuple[int, int, int], ...]
"""View, layout and size of the fixed part of each section of a value: the first numbers of its head."""

NEVER = np.iinfo(np.int64).min
"""The event time of what is not there."""

_MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class Features:
    """The features of one view of many entities, in their order.

    Parameters
    ----------
    layout
        What they are.
    events, writes
        Event time and write time of each entity, in microseconds since 1970; ``NEVER`` where there is none.
    values
        A column of each feature that is read, as plain values; None where there is none.
    """

    layout: Layout
    events: Any
    writes: Any
    values: dict[str, list[Any]]

    def without(self, gone: Any) -> Features:
        """Return them with None for the entities that a mask marks."""
        places = np.flatnonzero(gone).tolist()
        values = {name: list(column) for name, column in self.values.items()}
        for column in values.values():
            for place in places:
                column[place] = None
        return Features(self.layout, self.events, self.writes, values)


def unpack(
    values: Sequence[bytes | None], layouts: Sequence[Layout], *, entity: str = "", keys: Sequence[Any] = ()
) -> list[Features]:
    """Read the features of views from the packed values of entities.

    Parameters
    ----------
    values
        One an entity; None for one that is not known.
    layouts
        The views to read. What the values hold of other views, versions or types is left alone.
    entity, keys
        Whose value each is, for errors.

    Raises
    ------
    CorruptFeatures
        A value is not what was written.
    """
    there = [(n, value) for n, value in enumerate(values) if value is not None]
    if not there:
        return [_empty(layout, len(values)) for layout in layouts]
    whole = _together([value for _, value in there])
    if whole is not None:
        groups = [(whole, [n for n, _ in there])]
    else:
        for n, value in there:
            check(value, where=f"{entity} {keys[n]!r}" if keys else "")
        groups = [(_records(list(found.values()), signature), list(found))
                  for signature, found in _by_signature(there).items()]  # fmt: skip
    if len(groups) == 1 and len(there) == len(values):
        return [_features(groups[0][0], layout) for layout in layouts]
    return [_scattered(groups, layout, len(values)) for layout in layouts]


def _together(values: list[bytes]) -> _Records | None:
    """Return the records of values that are all sound and of one signature; None if they are not."""
    if len(values[0]) < START.size:
        return None
    signature = _signature(values[0])
    if signature is None or min(map(len, values)) < _record(signature).itemsize:
        return None
    records = _records(values, signature)
    rows, start = records.rows, START.size
    if any((rows[f"id{n}"] != identity).any() for n, identity in enumerate(signature)):
        return None
    begun = START.unpack_from(values[0])[0]
    if not readable(begun) or (rows["start"] != begun).any():
        return None
    return records if [crc32(value[start:], begun) for value in values] == rows["checksum"].tolist() else None


def _by_signature(there: list[tuple[int, bytes]]) -> dict[Signature, dict[int, bytes]]:
    """Sort values by their signature."""
    groups: dict[Signature, dict[int, bytes]] = {}
    for n, value in there:
        signature = _signature(value)
        if signature is None:
            raise corrupt(value, "")
        groups.setdefault(signature, {})[n] = value
    return groups


def _signature(value: bytes) -> Signature | None:
    """Return which sections a value has; None if it ends before they do."""
    found, at = [], START.size
    for _ in range(value[2]):
        if at + HEAD.size > len(value):
            return None
        view, layout, fixed, *_ = HEAD.unpack_from(value, at)
        found.append((view, layout, fixed))
        at += HEAD.size + fixed
    return tuple(found) if at <= len(value) else None


@lru_cache(maxsize=1_024)
def _record(signature: Signature) -> np.dtype[Any]:
    """Return the type of the first part of a value: all but the texts."""
    fields: list[Any] = [("start", "<u4"), ("checksum", "<u4")]
    for n, (_, _, fixed) in enumerate(signature):
        fields += [
            (f"id{n}", "<u8", (3,)), (f"event{n}", "<i8"), (f"write{n}", "<i8"),
            (f"days{n}", "<u4"), (f"texts{n}", "<u4"), (f"row{n}", f"V{fixed}"),
        ]  # fmt: skip
    return np.dtype(fields)


@dataclass(frozen=True)
class _Records:
    """Values of one signature, and the first part of each."""

    signature: Signature
    values: list[bytes]
    rows: Any

    @cached_property
    def texts(self) -> tuple[str | bytes, Any]:
        """The texts of all values in one, decoded if they are ASCII, and where those of each value begin."""
        size = self.rows.dtype.itemsize
        whole = b"".join([value[size:] for value in self.values])
        lengths = np.fromiter(map(len, self.values), np.int64, len(self.values)) - size
        return str(whole, "ascii") if whole.isascii() else whole, np.cumsum(lengths) - lengths


def _records(values: list[bytes], signature: Signature) -> _Records:
    """Cut the first parts off values of one signature."""
    kind = _record(signature)
    size = kind.itemsize
    return _Records(signature, values, np.frombuffer(b"".join([value[:size] for value in values]), kind))


def _features(records: _Records, layout: Layout) -> Features:
    """Read one view from values of one signature."""
    place, rows = _place(records.signature, layout), records.rows
    if place is None:
        return _empty(layout, len(rows))
    fixed: Any = _rows_of(rows, f"row{place}", layout.fixed)
    nulls: Any = np.unpackbits(fixed["nulls"], axis=1, bitorder="little")
    some = nulls.any(axis=0).tolist()
    found: dict[str, list[Any]] = {}
    groups = {kind: _group(records, place, kind, fixed[kind]) for kind in (fixed.dtype.names or ())[1:]}
    for n, name, kind in layout.wanted:
        column = groups[kind][layout.places[n]]
        if some[n]:
            gone = nulls[:, n].tolist()
            column = [None if null else value for value, null in zip(column, gone, strict=True)]
        found[name] = column
    return Features(layout, rows[f"event{place}"], rows[f"write{place}"], found)


def _place(signature: Signature, layout: Layout) -> int | None:
    """Return where a view's section lies; None if there is none with features."""
    wanted = (*layout.identity, layout.fixed.itemsize)
    return signature.index(wanted) if wanted in signature else None


def _rows_of(rows: Any, name: str, kind: np.dtype[Any]) -> Any:
    """Return the fixed parts of a view, seen as its fields, without copying them."""
    offset = rows.dtype.fields[name][1]
    return np.ndarray(len(rows), kind, rows, offset, (rows.dtype.itemsize,))


def _group(records: _Records, place: int, kind: str, fields: Any) -> list[list[Any]]:
    """Return all columns of a type as plain values."""
    if kind == "string":
        return _texts(records, place, fields)
    if kind == "date":
        fields = fields.astype("M8[D]")
    elif kind == "timestamp":
        fields = fields.astype("M8[us]")
    found: list[list[Any]] = fields.T.tolist()
    return found


def _texts(records: _Records, place: int, ends: Any) -> list[list[Any]]:
    """Return all columns of texts, given where each text ends among those of its row."""
    whole, base = records.texts
    for before in range(place):
        base = base + records.rows[f"texts{before}"]
    bounds = [base.tolist(), *(base + ends.T).tolist()]
    if isinstance(whole, str):
        return [[whole[a:b] for a, b in zip(*pair, strict=True)] for pair in pairwise(bounds)]
    return [[str(whole[a:b], "utf-8") for a, b in zip(*pair, strict=True)] for pair in pairwise(bounds)]


def _empty(layout: Layout, count: int) -> Features:
    """Return features that nobody has."""
    never = np.full(count, NEVER)
    return Features(layout, never, never, {name: [None] * count for name in layout.names})


def _scattered(groups: list[tuple[_Records, list[int]]], layout: Layout, count: int) -> Features:
    """Put the features of several signatures into the order of the entities."""
    whole = _empty(layout, count)
    events, writes = whole.events.copy(), whole.writes.copy()
    for records, places in groups:
        found = _features(records, layout)
        events[places], writes[places] = found.events, found.writes
        for name, column in found.values.items():
            target = whole.values[name]
            for place, value in zip(places, column, strict=True):
                target[place] = value
    return Features(layout, events, writes, whole.values)


def expired(features: Features, at: int | Any) -> Any:
    """Return which entities' features are older at a moment than their view's time to live.

    Parameters
    ----------
    at
        Microseconds since 1970: one number, or one an entity.
    """
    if features.layout.time_to_live_days is None:
        return np.zeros(len(features.events), dtype=bool)
    there = features.events != NEVER
    age = np.where(there, at - np.where(there, features.events, 0), 0)
    return age > features.layout.time_to_live_days * _MICROSECONDS_A_DAY


Rows = list[dict[str, Any]]


def as_rows(features: Sequence[Features], count: int) -> Rows:
    """Return one mapping an entity, of all features of several views.

    Examples
    --------
    >>> as_rows([], 2)
    [{}, {}]
    """
    columns: Mapping[str, list[Any]] = {
        name: values for one in features for name, values in one.values.items()
    }
    if not columns:
        return [{} for _ in range(count)]
    names = tuple(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
