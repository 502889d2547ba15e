"""Arrow tables in, NumPy vectors out: the bulk side of a preparation."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from penstock.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from penstock.training.columns import WordColumn
    from penstock.training.instances import Column
    from penstock.training.preparation import CategoryColumn, Vector

# pyarrow makes its functions at run time and types few of them.
_compute: Any = import_module("pyarrow.compute")
_parquet: Any = import_module("pyarrow.parquet")


def read_parquet(path: Path) -> pa.Table:
    """Read one Parquet file, without pyarrow.dataset (which loads pandas)."""
    return cast("pa.Table", _parquet.ParquetFile(path).read())


def read_table(columns: Sequence[Column], table: pa.Table) -> list[Vector]:
    """Return one vector a column: numbers with NaN for null, or level codes; of a text, counts of words."""
    missing = sorted({column.name for column in columns} - set(table.column_names))
    if missing:
        raise NotFound(
            "The data lacks columns that the model needs.",
            found=", ".join(table.column_names),
            expected=", ".join(missing),
        )
    return [_read(column, table[column.name]) for column in columns]


def numbers(values: pa.ChunkedArray) -> Vector:
    """Turn a numeric or boolean Arrow column into floats, NaN for null."""
    whole = _compute.cast(values, pa.int8()) if pa.types.is_boolean(values.type) else values
    return cast("Vector", _compute.fill_null(_compute.cast(whole, pa.float64()), np.nan).to_numpy())


def known_numbers(values: pa.ChunkedArray) -> Vector:
    """Return a column's numbers without its nulls."""
    return numbers(_compute.drop_null(values))


def count_words(values: pa.ChunkedArray) -> dict[str, int]:
    """Count how often each word stands in a column; truth values are ``true`` and ``false``."""
    counted = _compute.value_counts(_compute.cast(_compute.drop_null(values), pa.string()))
    return {entry["values"]: entry["counts"] for entry in counted.to_pylist()}


def varies(values: pa.ChunkedArray) -> bool:
    """Say whether a column holds at least two different values (null counts as one)."""
    return bool(_compute.count_distinct(values, mode="all").as_py() > 1)


def _read(column: Column, values: pa.ChunkedArray) -> Vector:
    """Read one column."""
    if column.kind == "text":
        words, places = _words(values)
        return column.counts([*words, None])[places].astype(np.float64)
    if column.kind in ("category", "word"):
        return _codes(column, values)
    return numbers(values)


def _codes(column: CategoryColumn | WordColumn, values: pa.ChunkedArray) -> Vector:
    """Turn words into level codes, each word looked up once."""
    words, places = _words(values)
    return np.array([*map(column.code, words), column.null], dtype=np.float64)[places]


def _words(values: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """Return the different words, and of each row the position of its word; null's is behind the last."""
    encoded: Any = values.combine_chunks().dictionary_encode()
    words = encoded.dictionary.to_pylist()
    places = _compute.fill_null(_compute.cast(encoded.indices, pa.int64()), len(words))
    return words, places.to_numpy(zero_copy_only=False)
