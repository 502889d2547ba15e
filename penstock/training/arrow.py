"""Arrow tables in, NumPy vectors out: the bulk side of a preparation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from penstock.errors import NotFound

if TYPE_CHECKING:
    from penstock.training.preparation import BooleanColumn, CategoryColumn, NumericColumn, Vector


def read_table(
    columns: Sequence[NumericColumn | BooleanColumn | CategoryColumn], table: pa.Table
) -> list[Vector]:
    """Return one vector a column: numbers with NaN for null, or level codes."""
    missing = sorted({column.name for column in columns} - set(table.column_names))
    if missing:
        raise NotFound("The data lacks columns that the model needs.", found=", ".join(table.column_names),
                       expected=", ".join(missing))  # fmt: skip
    return [
        _codes(column, table[column.name]) if column.kind == "category" else numbers(table[column.name])
        for column in columns
    ]


def numbers(values: pa.ChunkedArray) -> Vector:
    """Turn a numeric or boolean Arrow column into floats, NaN for null."""
    as_float = pc.cast(pc.cast(values, pa.int8()) if pa.types.is_boolean(values.type) else values, pa.float64())
    return cast("Vector", pc.fill_null(as_float, np.nan).to_numpy())


def _codes(column: CategoryColumn, values: pa.ChunkedArray) -> Vector:
    """Turn words into level codes by way of their dictionary, so that each word is looked up once."""
    encoded = values.combine_chunks().dictionary_encode()
    other, null = len(column.levels), len(column.levels) + 1
    lookup = np.array([column.codes.get(word, other) for word in encoded.dictionary.to_pylist()] + [null])
    indices = pc.fill_null(pc.cast(encoded.indices, pa.int64()), len(lookup) - 1).to_numpy(zero_copy_only=False)
    return cast("Vector", lookup[indices].astype(np.float64))
