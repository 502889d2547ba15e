"""A view's rows as sorted vectors, in which the newest row before a moment is found by bisection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from penstock.errors import SchemaMismatch
from penstock.features.offline.aggregates import ARROW_TYPES
from penstock.features.offline.layout import DELETED, EVENT_TIMESTAMP, WRITE_TIME
from penstock.features.offline.vectors import Places, nullable, numbered, numbers, truths
from penstock.specs.features import FeatureView, span

if TYPE_CHECKING:
    from numpy.typing import NDArray

# pyarrow makes its functions at run time and types few of them.
_parquet: Any = import_module("pyarrow.parquet")
_compute: Any = import_module("pyarrow.compute")
_DAY = 86_400_000_000
_UNITS = (1, 1_000, 1_000_000, 60_000_000, 3_600_000_000, _DAY)
_LARGEST, _FAR = 2**63 - 1, 2**62 - 1


@dataclass(frozen=True)
class Clock:
    """Times as small whole numbers from 0 on, in the same order.

    Parameters
    ----------
    first
        Microseconds of the earliest time.
    unit
        Microseconds of a tick: all times are whole multiples from the first on.
    known
        The times themselves, when a tick is just their place among them.
    size
        Two more than the highest tick, so that there is one for moments after all.
    """

    first: int
    unit: int
    known: Places | None
    size: int

    def ticks(self, times: Places) -> Places:
        """Return the ticks of the clock's own times."""
        if self.known is not None:
            return np.searchsorted(self.known, times)
        return (times - self.first) // self.unit if self.unit > 1 else times - self.first

    def before(self, moments: Places, *, inclusive: bool) -> Places:
        """Return, for any moments, one more than the last tick before them (or at them)."""
        if self.known is not None:
            return np.searchsorted(self.known, moments, side="right" if inclusive else "left")
        passed = np.clip(moments - self.first, -1, self.size * self.unit)
        if self.unit > 1:
            passed = passed // self.unit if inclusive else -(-passed // self.unit)
        return np.clip(passed + 1 if inclusive else passed, 0, self.size - 1)


def clock(times: Places, entities: int) -> Clock:
    """Return a clock whose ticks and the entities' numbers fit into 63 bits together."""
    if not len(times):
        return Clock(0, 1, None, 1)
    first, last = int(times.min()), int(times.max())
    for unit in _UNITS:
        size = (last - first) // unit + 2
        if size * (entities + 1) < _LARGEST and (unit == 1 or not np.any((times - first) % unit)):
            return Clock(first, unit, None, size)
    known = np.unique(times)
    return Clock(first, 1, known, len(known) + 1)


class History:
    """The rows of a view by entity and time.

    Parameters
    ----------
    keys
        The entities' keys; an entity's number is its key's place.
    line
        Entity and tick of each row as one number, rising.
    times
        Microseconds of each row.
    features
        The rows' features.
    """

    def __init__(self, view: FeatureView, rows: pa.Table) -> None:
        self.view = view
        codes, keys = _encoded(rows[view.entity.key])
        self.keys = keys.cast(ARROW_TYPES[view.entity.type])
        times = microseconds(rows[EVENT_TIMESTAMP])
        self._clock = clock(times, len(self.keys))
        line = codes * self._clock.size + self._clock.ticks(times)
        kept = _in_order(line, rows)
        self.features = rows.select([feature.name for feature in view.features]).combine_chunks()
        if kept is not None:
            line, times = line[kept], times[kept]
            self.features = self.features.take(nullable(kept)).combine_chunks()
        self._line, self._times = line, times

    def rows_at(self, entities: Places, moments: Places, known: NDArray[np.bool_]) -> Any:
        """Return the place of what was known of entities at moments, null where nothing was.

        Parameters
        ----------
        entities
            Places in ``keys``, -1 for others.
        moments
            Microseconds.
        known
            Whether there is a moment.
        """
        if not len(self._line):
            return pa.nulls(len(entities), pa.int64())
        asked = moments - _microseconds_of(self.view.delay)
        first = entities * self._clock.size
        ticks = self._clock.before(asked, inclusive=self.view.inclusive)
        places = _search(self._line, first + ticks) - 1
        found = known & (entities >= 0) & (places >= 0)
        np.maximum(places, 0, out=places)
        found &= self._line[places] >= first
        if self.view.time_to_live_days is not None:
            found &= moments - self._times[places] <= self.view.time_to_live_days * _DAY
        return nullable(places, found)


def read_history(view: FeatureView, files: Sequence[Path]) -> History:
    """Read the columns of a view's files that a join needs."""
    names = {view.entity.key, EVENT_TIMESTAMP, WRITE_TIME, DELETED, *(one.name for one in view.features)}
    tables = []
    for file in files:
        with _parquet.ParquetFile(file, read_dictionary=[view.entity.key]) as opened:
            tables.append(opened.read([name for name in opened.schema_arrow.names if name in names]))
    rows = pa.concat_tables(tables, promote_options="default") if tables else _no_rows(view)
    if key_kind(rows[view.entity.key].type) != view.entity.type:
        raise _mismatch(view, rows[view.entity.key].type)
    return History(view, rows.unify_dictionaries())


def _no_rows(view: FeatureView) -> pa.Table:
    """Return the rows of a view that has none."""
    kinds: dict[str, Any] = {one.name: one.known_type for one in view.features}
    kinds = {view.entity.key: view.entity.type, EVENT_TIMESTAMP: "timestamp", **kinds}
    types = {name: ARROW_TYPES[kind] if kind else pa.null() for name, kind in kinds.items()}
    return pa.schema(types).empty_table()


def key_kind(kind: Any) -> str:
    """Return what kind of key an Arrow type is."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_integer(kind):
        return "integer"
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return "string" if text else str(kind)


def _mismatch(view: FeatureView, found: Any) -> SchemaMismatch:
    return SchemaMismatch(
        "The stored rows are not those of the view.",
        found=f"{view.entity.key}: {found}",
        expected=f"{view.entity.key}: {view.entity.type}",
        where=f"files of view {view.name!r}",
        action="Materialise the view again, under a new version.",
    )


def microseconds(column: Any) -> Places:
    """Return times as microseconds of UTC; of null, any."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return numbers(column.cast(pa.int64())) // 1_000
    times = numbers(column.cast(pa.timestamp("us", getattr(kind, "tz", None))).cast(pa.int64()))
    return np.clip(times, -_FAR, _FAR)  # infinite ones, so that differences fit


def places_of(values: Any, keys: Any) -> Places:
    """Return the places of values among keys, -1 for null and for others."""
    return numbered(_compute.index_in(values, value_set=keys, skip_nulls=True))


def _encoded(column: Any) -> tuple[Places, Any]:
    """Return the numbers of keys, and the keys by number."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    array = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    return numbers(array.indices), array.dictionary


def _in_order(line: Places, rows: pa.Table) -> Places | None:
    """Return the places of the rows that exist, in order; None when that is all of them as they are."""
    deleted = _flags(rows, DELETED)
    if not deleted.any() and bool(np.all(line[1:] > line[:-1])):
        return None
    order = np.argsort(line, kind="stable")
    if bool(np.any(line[order][1:] == line[order][:-1])):
        written = microseconds(rows[WRITE_TIME]) if WRITE_TIME in rows.column_names else np.zeros_like(line)
        order = np.lexsort((written, line))
    newest = np.append(line[order][1:] != line[order][:-1], True)[: len(order)]
    return np.asarray(order[newest & ~deleted[order]])


def _flags(rows: pa.Table, name: str) -> NDArray[np.bool_]:
    """Return a column of truth values, false where there is none."""
    if name not in rows.column_names:
        return np.zeros(len(rows), dtype=bool)
    return truths(rows[name])


def _search(line: Places, needles: Places) -> Places:
    """Return how many numbers of a line are below each needle; sorted needles keep the cache warm."""
    order = np.argsort(needles)
    found = np.empty(len(needles), dtype=np.int64)
    found[order] = np.searchsorted(line, needles[order], side="left")
    return found


def _microseconds_of(asked: str | None) -> int:
    return int(span(asked).total_seconds() * 1_000_000) if asked else 0
