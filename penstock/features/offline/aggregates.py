"""The features of whole entities: each aggregate as one pass over vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from penstock.features.offline.measures import KEY, MOMENT, Measure
from penstock.features.offline.sums import Numbers, RunningSums, deviations, running_squares, running_sums
from penstock.features.offline.vectors import flags, floats, nullable, numbers, present, truths
from penstock.features.offline.windows import (
    Places,
    Timeline,
    distinct_counts,
    extremes,
    timeline,
)
from penstock.specs.base import ColumnType

if TYPE_CHECKING:
    from numpy.typing import NDArray

# pyarrow makes its functions at run time and types few of them.
_compute: Any = import_module("pyarrow.compute")
ARROW_TYPES: dict[ColumnType, Any] = {
    "integer": pa.int64(),
    "decimal": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "string": pa.string(),
}


@dataclass(frozen=True)
class Slices:
    """For each moment, the slice of some values that its window holds."""

    starts: Places
    ends: Places

    @property
    def counts(self) -> Places:
        """How many values each slice holds."""
        return self.ends - self.starts

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Whether a slice holds nothing."""
        return self.ends <= self.starts


class Values:
    """The values of a column that count, with what several features need of them."""

    def __init__(self, values: Any, entities: Places) -> None:
        self.values, self.entities = values, entities

    @cached_property
    def numbers(self) -> Numbers:
        """The values as floats."""
        return floats(self.values)

    @cached_property
    def finite(self) -> Numbers:
        """The floats with zero for infinities."""
        return np.where(np.isfinite(self.numbers), self.numbers, 0.0)

    @cached_property
    def sums(self) -> RunningSums:
        """Their running sums."""
        return running_sums(self.finite)

    @cached_property
    def squares(self) -> RunningSums:
        """The running sums of their squares."""
        return running_squares(self.finite)

    @cached_property
    def infinities(self) -> tuple[Places, Places]:
        """The running counts of positive and negative infinities."""
        return _running(self.numbers == np.inf), _running(self.numbers == -np.inf)

    @cached_property
    def codes(self) -> Places:
        """A number for each different value."""
        return numbers(_compute.dictionary_encode(self.values).indices)

    @cached_property
    def ranks(self) -> NDArray[Any]:
        """Numbers in the order of the values."""
        if pa.types.is_floating(self.values.type):
            return self.numbers
        if pa.types.is_integer(self.values.type):
            return numbers(self.values)
        encoded = _compute.dictionary_encode(self.values)
        rank = np.empty(len(encoded.dictionary), dtype=np.int64)
        rank[numbers(_compute.sort_indices(encoded.dictionary))] = np.arange(len(rank))
        return np.asarray(rank[numbers(encoded.indices)])


def compute_features(rows: pa.Table, measures: Sequence[Measure], key: str) -> tuple[pa.Table, Places]:
    """Compute the features of whole entities.

    Parameters
    ----------
    rows
        Rows of the source query, of entities that are all there.
    key
        Name for the column of the entity's key.

    Returns
    -------
    tuple
        A table with the key, ``event_timestamp`` and the features, one row for each moment of each entity;
        and the places in it of each entity's newest row.
    """
    rows = rows.combine_chunks()
    keys = _flat(rows[KEY])
    changes = _compute.not_equal(keys.slice(1), keys.slice(0, max(len(keys) - 1, 0)))
    new_entity = np.append(np.ones(min(len(keys), 1), dtype=bool), truths(changes))
    line = timeline(new_entity, numbers(_flat(rows[MOMENT]).cast(pa.int64())))
    last = nullable(line.last)
    columns = {key: keys.take(last), "event_timestamp": _flat(rows[MOMENT]).take(last)}
    found = _Computation(rows, line)
    columns |= {measure.feature.name: found.feature(measure) for measure in measures}
    return pa.table(columns), line.newest


class _Computation:
    """Features of one table of rows; what features share is prepared once."""

    def __init__(self, rows: pa.Table, line: Timeline) -> None:
        self._rows, self._line = rows, line
        self._kept: dict[tuple[str | None, str | None, bool], tuple[Values, Places]] = {}
        self._starts: dict[int | None, Places] = {}

    def feature(self, measure: Measure) -> Any:
        """Compute one feature."""
        values, running = self._values(measure)
        if measure.window not in self._starts:
            self._starts[measure.window] = self._line.starts(measure.window)
        slices = Slices(running[self._starts[measure.window]], running[self._line.ends])
        computed = _AGGREGATES[measure.feature.aggregate](values, slices, measure)
        return computed.cast(ARROW_TYPES[measure.type])

    def _values(self, measure: Measure) -> tuple[Values, Places]:
        """Return the values that count for a feature, and how many there are before each row."""
        known = measure.feature.aggregate is not None and measure.value is not None
        key = (measure.value, measure.where, known)
        if key not in self._kept:
            self._kept[key] = self._counting(measure, known)
        return self._kept[key]

    def _counting(self, measure: Measure, known: bool) -> tuple[Values, Places]:
        """Select the values that satisfy the feature's condition and, if asked, are known."""
        column = _flat(self._rows[measure.value or KEY])
        counts = np.ones(len(column), dtype=bool)
        if measure.where:
            counts &= truths(self._rows[measure.where])
        if known:
            counts &= present(column)
        kept = column if counts.all() else column.filter(flags(counts))
        return Values(kept, self._line.entities[counts]), _running(counts)


def _running(counts: NDArray[np.bool_]) -> Places:
    """Return how many there are before each place."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)))


def _flat(column: Any) -> Any:
    """Return a column as one array."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _numbers(values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
    """Return an Arrow array with nulls where nothing counts, or where infinities cancel out."""
    if values.dtype.kind == "f":
        missing = missing | np.isnan(values)
    return nullable(values, ~missing)


def _taken(values: Values, places: Places, missing: NDArray[np.bool_]) -> Any:
    """Return the values at places."""
    return values.values.take(nullable(places, ~missing))


def _count(values: Values, slices: Slices, measure: Measure) -> Any:
    return nullable(slices.counts)


def _distinct(values: Values, slices: Slices, measure: Measure) -> Any:
    return nullable(distinct_counts(values.codes, values.entities, slices.starts, slices.ends))


def _summed(values: Values, slices: Slices) -> Numbers:
    """Return sums; infinite ones where an infinity counts, NaN where two cancel out."""
    found = values.sums.between(slices.starts, slices.ends).numbers()
    above, below = (running[slices.ends] - running[slices.starts] for running in values.infinities)
    found = np.where(above > 0, np.inf, np.where(below > 0, -np.inf, found))
    return np.where((above > 0) & (below > 0), np.nan, found)


def _sum(values: Values, slices: Slices, measure: Measure) -> Any:
    return _numbers(_summed(values, slices), slices.empty)


def _mean(values: Values, slices: Slices, measure: Measure) -> Any:
    return _numbers(_summed(values, slices) / np.maximum(slices.counts, 1), slices.empty)


def _share_above(values: Values, slices: Slices, measure: Measure) -> Any:
    running = _running(values.numbers > (measure.feature.threshold or 0.0))
    above = running[slices.ends] - running[slices.starts]
    return _numbers(above / np.maximum(slices.counts, 1), slices.empty)


def _deviation(values: Values, slices: Slices, measure: Measure) -> Any:
    sums, squares = (one.between(slices.starts, slices.ends) for one in (values.sums, values.squares))
    infinite = sum(running[slices.ends] - running[slices.starts] for running in values.infinities) > 0
    return _numbers(deviations(sums, squares, slices.counts), infinite | (slices.counts < 2))  # noqa: PLR2004


def _minimum(values: Values, slices: Slices, measure: Measure) -> Any:
    return _taken(values, extremes(values.ranks, slices.starts, slices.ends, highest=False), slices.empty)


def _maximum(values: Values, slices: Slices, measure: Measure) -> Any:
    return _taken(values, extremes(values.ranks, slices.starts, slices.ends, highest=True), slices.empty)


def _first(values: Values, slices: Slices, measure: Measure) -> Any:
    return _taken(values, slices.starts, slices.empty)


def _latest(values: Values, slices: Slices, measure: Measure) -> Any:
    return _taken(values, slices.ends - 1, slices.empty)


_AGGREGATES: dict[str | None, Callable[[Values, Slices, Measure], Any]] = {
    None: _latest,
    "count": _count,
    "distinct": _distinct,
    "sum": _sum,
    "mean": _mean,
    "share_above": _share_above,
    "deviation": _deviation,
    "minimum": _minimum,
    "maximum": _maximum,
    "first": _first,
    "latest": _latest,
}
