"""The rows of a point-in-time join: read part by part, written with what was known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from penstock.errors import SchemaMismatch
from penstock.features.offline.history import History, key_kind, microseconds, places_of, read_history
from penstock.features.offline.vectors import Places, numbered, present
from penstock.specs.features import FeatureView

# pyarrow makes its functions at run time and types few of them.
_parquet: Any = import_module("pyarrow.parquet")
_PART, _GROUP, _THREADS = 1_000_000, 131_072, 2


class Spine:
    """Rows to which features are joined.

    Parameters
    ----------
    files
        Parquet files; a column that some lack is null there.
    timestamp
        The column of the moments.
    """

    def __init__(self, files: Sequence[Path], timestamp: str) -> None:
        self._files, self.timestamp = files, timestamp
        self.schema = pa.unify_schemas(
            [_parquet.read_schema(file) for file in files], promote_options="permissive"
        ).remove_metadata()
        kind = self._type(timestamp)
        if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind)):
            raise _mismatch(timestamp, kind, "date or timestamp")

    def demand(self, view: FeatureView) -> None:
        """Refuse a key that is missing, or whose type no key of the view can equal."""
        kind = self._type(view.entity.key)
        if not pa.types.is_null(kind) and view.entity.type != key_kind(kind):
            raise _mismatch(view.entity.key, kind, f"{view.entity.type}, as view {view.name!r} has it")

    def parts(self) -> Iterator[pa.Table]:
        """Yield the rows in their order, about a million at a time."""
        for file in self._files:
            with _parquet.ParquetFile(file) as opened:
                for batches in _runs(opened.iter_batches(batch_size=_GROUP), _PART):
                    yield _aligned(pa.Table.from_batches(batches), self.schema)

    def _type(self, name: str) -> Any:
        if name not in self.schema.names:
            raise _mismatch(name, "no such column", "a column of the rows")
        return self.schema.field(name).type


def write_joined(spine: Spine, views: Sequence[tuple[FeatureView, Sequence[Path]]], output: Path) -> int:
    """Write the spine's rows with the features of views, and return how many there are."""
    with ThreadPoolExecutor(_THREADS) as pool:
        histories = list(pool.map(lambda one: read_history(*one), views))
        fields = [field for history in histories for field in history.features.schema]
        schema = pa.schema([*spine.schema, *fields]).remove_metadata()
        with _parquet.ParquetWriter(
            output, schema, compression="zstd", use_dictionary=_texts(schema)
        ) as writer:
            done: Future[None] | None = None
            rows = 0
            for part in spine.parts():
                places = _places(part, spine.timestamp, histories, pool)
                for start in range(0, len(part), _GROUP):
                    joined = _joined(part, histories, places, slice(start, start + _GROUP), schema)
                    if done:
                        done.result()
                    done = pool.submit(writer.write_table, joined, row_group_size=_GROUP)
                rows += len(part)
            if done:
                done.result()
    return rows


def _places(
    part: pa.Table, timestamp: str, histories: Sequence[History], pool: ThreadPoolExecutor
) -> list[Any]:
    """Return, for each view, the place of what was known for each row."""
    moments = microseconds(part[timestamp])
    known = present(part[timestamp])
    keys = dict.fromkeys(history.view.entity.key for history in histories)
    encoded = dict(zip(keys, pool.map(lambda key: _encoded(part[key]), keys), strict=True))

    def search(history: History) -> Any:
        codes, distinct = encoded[history.view.entity.key]
        entities = np.append(places_of(distinct.cast(history.keys.type), history.keys), -1)[codes]
        return history.rows_at(entities, moments, known)

    return list(pool.map(search, histories))


def _joined(
    part: pa.Table, histories: Sequence[History], places: Sequence[Any], rows: slice, schema: pa.Schema
) -> pa.Table:
    """Return some rows with their features."""
    size = min(rows.stop, len(part)) - rows.start
    columns = list(part.slice(rows.start, size).columns)
    for history, all_places in zip(histories, places, strict=True):
        here = all_places.slice(rows.start, size)
        columns += [column.take(here) for column in history.features.columns]
    return pa.Table.from_arrays(columns, schema=schema)


def _runs(batches: Iterable[pa.RecordBatch], most: int) -> Iterator[list[pa.RecordBatch]]:
    """Yield neighbouring batches that have about so many rows together."""
    run: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        run, rows = [*run, batch], rows + len(batch)
        if rows >= most:
            yield run
            run, rows = [], 0
    if run:
        yield run


def _encoded(column: Any) -> tuple[Places, Any]:
    """Return numbers of keys, -1 for null, and the keys by number."""
    encoded = column.combine_chunks()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    encoded = encoded.dictionary_encode()
    return numbered(encoded.indices), encoded.dictionary


def _aligned(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table with all columns of a schema, in its order and types."""
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _texts(schema: pa.Schema) -> list[str]:
    """Return the columns that are worth a dictionary: trying one takes half the time of writing numbers."""
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary, pa.types.is_string_view)
    return [field.name for field in schema if any(is_text(field.type) for is_text in texts)]


def _mismatch(column: str, found: Any, expected: str) -> SchemaMismatch:
    return SchemaMismatch(
        "The rows cannot be joined with the features.",
        found=f"{column}: {found}",
        expected=f"{column}: {expected}",
        where="the spine of the join",
        action="Give keys the type that their entity has, and moments as dates or timestamps.",
    )
