"""Streams of rows: whole entities in, runs of one partition out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from penstock.features.offline.aggregates import ARROW_TYPES, compute_features
from penstock.features.offline.layout import EVENT_TIMESTAMP
from penstock.features.offline.measures import KEY
from penstock.features.offline.source import Source
from penstock.features.offline.vectors import nullable, numbers, truths
from penstock.features.offline.writing import RowWriter
from penstock.specs.base import ColumnType

_compute: Any = import_module("pyarrow.compute")


def arrow_schema(columns: Iterable[tuple[str, ColumnType]]) -> pa.Schema:
    """Return the schema of typed columns."""
    return pa.schema([pa.field(name, ARROW_TYPES[kind]) for name, kind in columns])


def compute_chunks(
    batches: Iterable[pa.RecordBatch],
    source: Source,
    *,
    between: tuple[datetime, datetime] | None,
    computed: Path,
    newest: Path,
    chunk: int,
) -> None:
    """Compute the features of a source's rows, and write them and each entity's newest.

    Parameters
    ----------
    batches
        Of the source query.
    between
        Event times of the rows to write, the end excluded.
    chunk
        Rows to hold at least, if one entity does not have more.
    """
    key = source.view.entity.key
    types = [(measure.feature.name, measure.type) for measure in source.measures]
    schema = arrow_schema([(key, source.view.entity.type), (EVENT_TIMESTAMP, "timestamp"), *types])
    with RowWriter(computed, schema) as rows, RowWriter(newest, schema) as last:
        for table in _whole_entities(batches, chunk):
            features, places = compute_features(table, source.measures, key)
            if between is not None:
                features, places = _within(features, key, between)
            rows.add(features)
            last.add(features.take(nullable(places)))


def _whole_entities(batches: Iterable[pa.RecordBatch], chunk: int) -> Iterator[pa.Table]:
    """Yield tables that hold all rows of their entities."""
    kept: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        kept, size = [*kept, batch], size + len(batch)
        if size < chunk or not len(batch):
            continue
        keys = batch.column(KEY)
        same = truths(_compute.equal(keys, keys[len(keys) - 1]))
        first = int(np.argmax(same))  # of the last entity, which may go on
        before = len(kept) > 1 and kept[-2].column(KEY)[-1] != keys[0]
        if not first and not before:
            continue
        yield pa.Table.from_batches([*kept[:-1], batch.slice(0, first)])
        kept, size = [batch.slice(first)], len(batch) - first
    if size:
        yield pa.Table.from_batches(kept)


def _within(table: pa.Table, key: str, between: tuple[datetime, datetime]) -> tuple[pa.Table, Any]:
    """Return the rows of a range of event times, and the last one of each entity."""
    times = table[EVENT_TIMESTAMP]
    low, high = (pa.scalar(moment, pa.timestamp("us")) for moment in between)
    table = table.filter(_compute.and_(_compute.greater_equal(times, low), _compute.less(times, high)))
    keys = table[key].combine_chunks()
    if not len(keys):
        return table, np.zeros(0, dtype=np.int64)
    ends = truths(_compute.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1)))
    return table, np.flatnonzero(np.append(ends, True))


def write_runs(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, place: Callable[[datetime], Path], *, unit: str
) -> list[tuple[Path, int]]:
    """Write rows that are sorted by partition to one file each, and return the files with their rows.

    Parameters
    ----------
    place
        Returns the file of an event time.
    unit
        How long a partition is: year, month, day or hour.
    """
    written: list[tuple[Path, int]] = []
    writer: RowWriter | None = None
    path: Path | None = None
    for run in _runs(batches, unit):
        here = place(run[EVENT_TIMESTAMP][0].as_py())
        if here != path:
            if writer and path:
                writer.close()
                written.append((path, writer.rows))
            path, writer = here, RowWriter(here, schema)
        if writer:
            writer.add(run)
    if writer and path:
        writer.close()
        written.append((path, writer.rows))
    return written


def _runs(batches: Iterable[pa.RecordBatch], unit: str) -> Iterator[pa.Table]:
    """Cut batches where a new partition begins."""
    for batch in batches:
        if not len(batch):
            continue
        units = numbers(_compute.floor_temporal(batch.column(EVENT_TIMESTAMP), unit=unit).cast(pa.int64()))
        cuts = [0, *(np.flatnonzero(units[1:] != units[:-1]) + 1).tolist(), len(batch)]
        table = pa.Table.from_batches([batch])
        for start, end in pairwise(cuts):
            yield table.slice(start, end - start)
