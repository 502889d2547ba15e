"""What a feature costs: bytes in the item that serving reads, bytes in the lake."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 20_000
_WIDTHS = {"integer": 8.0, "decimal": 8.0, "boolean": 1.0, "date": 4.0, "timestamp": 8.0}
_pa: Any = import_module("pyarrow")
_compute: Any = import_module("pyarrow.compute")
_parquet: Any = import_module("pyarrow.parquet")


@dataclass(frozen=True)
class Cost:
    """What a feature costs.

    Parameters
    ----------
    online_bytes
        Mean bytes of a value in an entity's packed item; 0 for what comes with the request.
    online_share
        Its share of all features' bytes: a read's time and price grow with the bytes of the item.
    storage_bytes
        Bytes a row in the offline store's compressed Parquet; 0 for what is not stored.
    """

    online_bytes: float
    online_share: float
    storage_bytes: float


def costs(table: pa.Table, types: Mapping[str, str], stored: frozenset[str]) -> dict[str, Cost]:
    """Estimate the cost of features.

    Parameters
    ----------
    table
        Some rows.
    types
        The features and their types.
    stored
        Those that a view keeps; others come with the request or are computed from it.

    Examples
    --------
    >>> import pyarrow as pa
    >>> found = costs(pa.table({"a": [1, 2], "b": [True, False]}), {"a": "integer", "b": "boolean"},
    ...               frozenset({"a", "b"}))
    >>> found["a"].online_bytes, round(found["b"].online_share, 3)
    (8.0, 0.111)
    """
    online = {name: _online(table[name], kind) if name in stored else 0.0 for name, kind in types.items()}
    whole = sum(online.values()) or 1.0
    return {
        name: Cost(size, size / whole, _stored(table[name]) if name in stored else 0.0)
        for name, size in online.items()
    }


def _online(column: pa.ChunkedArray, kind: str) -> float:
    """Return the mean bytes of a packed value: a fixed width, or a length and UTF-8."""
    if kind in _WIDTHS:
        return _WIDTHS[kind]
    total = _compute.sum(_compute.binary_length(_compute.cast(column, _pa.binary()))).as_py() or 0
    return 2.0 + total / max(1, len(column))


def _stored(column: pa.ChunkedArray) -> float:
    """Return the bytes a row of some rows as Parquet."""
    some = column.slice(0, _ROWS)
    target = io.BytesIO()
    _parquet.write_table(_pa.table({"x": some}), target, compression="zstd")
    group = _parquet.ParquetFile(target).metadata.row_group(0) if len(some) else None
    return float(group.column(0).total_compressed_size / len(some)) if group else 0.0
