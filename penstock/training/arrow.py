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

    from penstock.training.preparation import BooleanColumn, CategoryColumn, NumericColumn, Vector

# pyarrow makes its functions at run time and types few of them.
_compute: Any = import_module("pyarrow.compute")
_parquet: Any = import_module("pyarrow.parquet")


def read_parquet(path: Path) -> pa.Table:
    """Read one Parquet file, without pyarrow.dataset (which loads pandas)."""
    return cast("pa.Table", _parquet.ParquetFile(path).read())


def read_table(
    columns: Sequence[NumericColumn | BooleanColumn | CategoryColumn], table: pa.Table
) -> list[Vector]:
    """Return one vector a column: numbers with NaN for null, or level codes."""
    missing = sorted({column.name for column in columns} - set(table.column_names))
    if missing:
        raise NotFound(
            "The data lacks columns that the model needs.",
            found=", ".join(table.column_names),
            expected=", ".join(missing),
        )
    return [
        _codes(column, table[column.name]) if column.kind == "category" else numbers(table[column.name])
        for column in columns
    ]


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


def _codes(column: CategoryColumn, values: pa.ChunkedArray) -> Vector:
    """Turn words into level codes by way of their dictionary, so that each word is looked up once."""
    encoded: Any = values.combine_chunks().dictionary_encode()
    other, null = len(column.levels), len(column.levels) + 1
    lookup = np.array([column.codes.get(word, other) for word in encoded.dictionary.to_pylist()] + [null])
    indices = _compute.fill_null(_compute.cast(encoded.indices, pa.int64()), len(lookup) - 1)
    return cast("Vector", lookup[indices.to_numpy(zero_copy_only=False)].astype(np.float64))
