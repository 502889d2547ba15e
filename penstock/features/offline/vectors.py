"""Arrow columns as vectors and back by their buffers: Arrow's own conversions load pandas, which is slow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


def numbers(column: Any) -> Places:
    """Return a column of whole numbers of any width; of null, any.

    Examples
    --------
    >>> numbers(pa.array([3, 4], pa.int16()))
    array([3, 4])
    """
    return _joined([_numbers(chunk) for chunk in _chunks(column)], np.int64)


def numbered(column: Any) -> Places:
    """Return whole numbers, -1 for null."""
    return np.where(present(column), numbers(column), -1) if column.null_count else numbers(column)


def present(column: Any) -> Flags:
    """Return which values of a column are not null."""
    return _joined([_bits(chunk, 0) for chunk in _chunks(column)], np.bool_)


def truths(column: Any) -> Flags:
    """Return which values of a column of truth values are true."""
    return _joined([_bits(chunk, 0) & _bits(chunk, 1) for chunk in _chunks(column)], np.bool_)


def floats(column: Any) -> NDArray[np.float64]:
    """Return a column of 64-bit floats; of null, any."""
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype=np.float64)[chunk.offset : chunk.offset + len(chunk)]
        for chunk in _chunks(column)
        if len(chunk)
    ]
    return _joined(parts, np.float64)


def nullable(values: NDArray[Any], known: Flags | None = None) -> Any:
    """Return whole numbers or floats as an Arrow array, null where they are not known."""
    kind = (pa.float64(), np.float64) if values.dtype.kind == "f" else (pa.int64(), np.int64)
    valid = None if known is None else _packed(known)
    whole = np.ascontiguousarray(values, dtype=kind[1])
    return pa.Array.from_buffers(kind[0], len(whole), [valid, pa.py_buffer(whole)])


def flags(values: Flags) -> Any:
    """Return truth values as an Arrow array."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _packed(values)])


def _packed(values: Flags) -> Any:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def _chunks(column: Any) -> list[Any]:
    return list(column.chunks) if isinstance(column, pa.ChunkedArray) else [column]


def _joined(parts: list[NDArray[Any]], kind: Any) -> NDArray[Any]:
    """Return vectors one after the other, with no copy of a single one."""
    if len(parts) == 1:
        return parts[0].astype(kind, copy=False)
    return np.concatenate(parts).astype(kind, copy=False) if parts else np.zeros(0, dtype=kind)


def _numbers(chunk: Any) -> NDArray[Any]:
    if pa.types.is_null(chunk.type) or not len(chunk):
        return np.zeros(len(chunk), dtype=np.int64)
    kind = "u" if pa.types.is_unsigned_integer(chunk.type) else "i"
    whole = np.frombuffer(chunk.buffers()[1], dtype=f"{kind}{chunk.type.bit_width // 8}")
    return whole[chunk.offset : chunk.offset + len(chunk)]


def _bits(chunk: Any, place: int) -> Flags:
    """Return the bits of a buffer; all of them set where there is none."""
    if pa.types.is_null(chunk.type):
        return np.zeros(len(chunk), dtype=bool)
    buffer = chunk.buffers()[place]
    if buffer is None:
        return np.ones(len(chunk), dtype=bool)
    bits = np.unpackbits(np.frombuffer(buffer, dtype=np.uint8), bitorder="little")
    return bits[chunk.offset : chunk.offset + len(chunk)].view(bool)
