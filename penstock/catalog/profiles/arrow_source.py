"""Parquet read by pyarrow, a bounded number of rows at a time.

pyarrow's own conversions to NumPy load pandas where it is installed, for most of a second; so arrays are
read from their buffers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.catalog.profiles.cutting import cuts
from penstock.catalog.profiles.runs import MOST_ROWS
from penstock.catalog.profiles.subjects import Subject, mistyped, unreadable
from penstock.catalog.profiles.vectors import Numbers, Texts, Words
from penstock.specs.base import ColumnType

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

# They are made at run time and typed by few stubs.
_compute: Any = import_module("pyarrow.compute")
_parquet: Any = import_module("pyarrow.parquet")

_MOST_BYTES = 1 << 27
_SHORT = 2.5
"""Bytes a row below which a text column is stored as a dictionary, and better read as one."""
_SIZES = (8, 16, 32, 64)
_DTYPES = {f"{sign}int{size}": f"{sign}int{size}" for sign in ("", "u") for size in _SIZES}
_DTYPES |= {"double": "float64"}


@dataclass(frozen=True)
class ArrowSource:
    """An open Parquet file."""

    path: Path
    metadata: Any
    schema: pa.Schema

    @classmethod
    def open(cls, path: Path) -> ArrowSource:
        """Read what a Parquet file says of itself."""
        import pyarrow as pa

        try:
            with _parquet.ParquetFile(path) as file:
                return cls(path, file.metadata, file.schema_arrow)
        except (pa.ArrowException, OSError) as error:
            raise unreadable(path, error) from error

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.metadata.num_rows)

    @property
    def columns(self) -> list[tuple[str, ColumnType]]:
        """Names and types of the columns."""
        return [(field.name, _type_of(field.type)) for field in self.schema]

    def pieces(self, subjects: Sequence[Subject]) -> Iterator[Mapping[str, Callable[[], Numbers | Words]]]:
        """Yield some columns, so many rows at a time; each is converted when it is asked for."""
        names = [subject.name for subject in subjects]
        sizes = self._bytes_a_row(names)
        rows = max(1, min(MOST_ROWS, int(_MOST_BYTES / max(1.0, sum(sizes.values())))))
        short = [name for name, size in sizes.items() if size < _SHORT and self._is_text(name)]
        with _parquet.ParquetFile(
            self.path, metadata=self.metadata, read_dictionary=short, pre_buffer=False
        ) as file:
            for columns in self._read(file, names, rows):
                yield {s.name: cache(partial(_vector, columns[s.name], s, self.path)) for s in subjects}

    def _read(
        self, file: Any, names: list[str], most: int
    ) -> Iterator[Mapping[str, pa.Array | pa.ChunkedArray]]:
        """Yield columns of at most so many rows."""
        groups = [self.metadata.row_group(group).num_rows for group in range(self.metadata.num_row_groups)]
        for cut in cuts(groups, most):
            if cut.size >= cut.rows:
                table = file.read_row_groups(cut.groups, columns=names, use_threads=True)
                yield dict(zip(table.column_names, table.columns, strict=True))
                continue
            for batch in file.iter_batches(cut.size, row_groups=cut.groups, columns=names, use_threads=True):
                yield dict(zip(names, batch.select(names).columns, strict=True))

    def _bytes_a_row(self, names: Sequence[str]) -> dict[str, float]:
        """Return how much uncompressed space a row of each column takes."""
        sizes = dict.fromkeys(names, 0)
        for group in range(self.metadata.num_row_groups):
            row_group = self.metadata.row_group(group)
            for place in range(row_group.num_columns):
                chunk = row_group.column(place)
                name = chunk.path_in_schema.split(".", 1)[0]
                if name in sizes:
                    sizes[name] += chunk.total_uncompressed_size
        return {name: size / max(1, self.rows) for name, size in sizes.items()}

    def _is_text(self, name: str) -> bool:
        """Say whether a column is one of texts."""
        import pyarrow as pa

        return bool(pa.types.is_string(self.schema.field(name).type))


def _type_of(kind: pa.DataType) -> ColumnType:
    """Return the contract's word for an Arrow type; whatever it has none for is shown as text."""
    import pyarrow as pa

    of = pa.types
    words: list[tuple[Any, ColumnType]] = [
        (of.is_integer, "integer"),
        (of.is_floating, "decimal"),
        (of.is_decimal, "decimal"),
        (of.is_boolean, "boolean"),
        (of.is_date, "date"),
        (of.is_timestamp, "timestamp"),
    ]
    return next((word for matches, word in words if matches(kind)), "string")


def _vector(found: pa.Array | pa.ChunkedArray, subject: Subject, path: Path) -> Numbers | Words:
    """Return the values of a column as its type wants them."""
    import pyarrow as pa

    values = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    try:
        if subject.type == "string":
            return _words(_as_text(values))
        plain = _as_numbers(values if _fits(values, subject.type) else _cast(values, subject.type))
    except pa.ArrowException as error:
        raise mistyped(path, subject, str(values.type), error) from error
    valid = _known(values) if values.null_count else None
    numbers = _to_numpy(_compute.drop_null(plain) if valid is not None else plain)
    # Adding zero makes the negative zero positive.
    whole = numbers.astype(np.int64, copy=False) if numbers.dtype.kind in "iu" else numbers + 0.0
    return Numbers(whole, valid)


def _fits(values: pa.Array, kind: ColumnType) -> bool:
    """Say whether values need no conversion to be of a type."""
    found = _type_of(values.type)
    return found == kind or {found, kind} == {"integer", "decimal"}


def _cast(values: pa.Array, kind: ColumnType) -> pa.Array:
    """Convert values, all of them or none."""
    import pyarrow as pa

    wanted = {
        "integer": pa.int64(),
        "decimal": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
    }
    return _compute.cast(values, wanted[kind])


def _as_numbers(values: pa.Array) -> pa.Array:
    """Return numbers as Arrow's integers or 64-bit floats."""
    import pyarrow as pa

    kind = values.type
    if pa.types.is_timestamp(kind):
        return _compute.cast(_compute.cast(values, pa.timestamp("us", kind.tz), safe=False), pa.int64())
    if pa.types.is_date(kind):
        return _compute.cast(_compute.cast(values, pa.date32()), pa.int32())
    if pa.types.is_boolean(kind):
        return _compute.cast(values, pa.int8())
    if pa.types.is_uint64(kind) or not pa.types.is_integer(kind):
        return _compute.cast(values, pa.float64(), safe=False)
    return values


def _as_text(values: pa.Array) -> pa.Array:
    """Return texts as they are, and other values as text."""
    import pyarrow as pa

    kind, of = values.type, pa.types
    if of.is_dictionary(kind) and of.is_string(kind.value_type):
        return values
    if of.is_string(kind) or of.is_large_string(kind) or of.is_binary(kind) or of.is_large_binary(kind):
        return values
    if of.is_nested(kind):
        texts = [None if value is None else json.dumps(value, default=str) for value in values.to_pylist()]
        return pa.array(texts, pa.string())
    return _compute.cast(values, pa.string())


def _words(values: pa.Array) -> Words:
    """Return texts, those of a dictionary once."""
    import pyarrow as pa

    if not pa.types.is_dictionary(values.type):
        valid = _known(values) if values.null_count else None
        return Words(_texts(_compute.drop_null(values)), valid)
    codes = np.where(_known(values), _to_numpy(values.indices).astype(np.int64), -1)
    used = np.flatnonzero(np.bincount(codes + 1, minlength=len(values.dictionary) + 1)[1:])
    places = np.full(len(values.dictionary) + 1, -1)
    places[used] = np.arange(len(used))
    return Words(_texts(values.dictionary.take(_from_numpy(used))), codes=places[codes])


def _texts(values: pa.Array) -> Texts:
    """Take the bytes of an array without nulls."""
    import pyarrow as pa

    if not len(values):
        return Texts(b"", np.zeros(1, dtype=np.int64))
    whole = _compute.cast(values, pa.large_binary())
    _, places, data = whole.buffers()
    offsets = np.frombuffer(places, dtype=np.int64)[whole.offset : whole.offset + len(whole) + 1]
    found = bytes(memoryview(data)[offsets[0] : offsets[-1]]) if data is not None else b""
    return Texts(found, offsets - offsets[0])


def _to_numpy(values: pa.Array) -> NDArray[Any]:
    """Return the values of an array of numbers as they lie in memory; those of nulls are any."""
    kind = np.dtype(_DTYPES[str(values.type)])
    if not len(values):
        return np.zeros(0, dtype=kind)
    found = np.frombuffer(values.buffers()[1], dtype=kind, count=values.offset + len(values))
    return found[values.offset :]


def _known(values: pa.Array) -> NDArray[np.bool_]:
    """Return which values are not null."""
    return _to_numpy(_compute.cast(_compute.is_valid(values), "uint8")).view(np.bool_)


def _from_numpy(values: NDArray[np.int64]) -> pa.Array:
    """Return numbers as an Arrow array."""
    import pyarrow as pa

    whole = np.ascontiguousarray(values, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(whole), [None, pa.py_buffer(whole)])
