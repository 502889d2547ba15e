"""Columns as small codes: bins of numbers, frequent categories, null; learnt from training rows."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.training.arrow import numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Codes = NDArray[np.int16]
    Flags = NDArray[np.bool_]
    Vector = NDArray[np.float64]

_pa: Any = import_module("pyarrow")
_compute: Any = import_module("pyarrow.compute")


@dataclass(frozen=True)
class Coded:
    """A column as codes from 0; the last code is null.

    Parameters
    ----------
    codes, size
        A code a row, and how many codes there are.
    values
        The numbers, NaN for null; None for categories.
    missing
        Share of rows without a value.
    distinct
        Number of distinct values.
    """

    codes: Codes
    size: int
    values: Vector | None
    missing: float
    distinct: int

    def counts(self, label: Flags, rows: Flags) -> NDArray[np.int64]:
        """Return how many of some rows have each code: a line a code, negatives and positives."""
        both = self.codes[rows].astype(np.int64) * 2 + label[rows]
        return np.bincount(both, minlength=2 * self.size).reshape(self.size, 2)

    def shares(self, rows: Flags) -> Vector:
        """Return the share of each code among some rows."""
        found = np.bincount(self.codes[rows], minlength=self.size)
        shares: Vector = found / max(1, int(found.sum()))
        return shares


def coded(column: pa.ChunkedArray, learn: Flags, *, bins: int = 64) -> Coded:
    """Code a column.

    Parameters
    ----------
    column
        Numbers, truth values, moments (as days) or words.
    learn
        The rows from which edges and frequent categories are learnt.
    bins
        Codes at most, null and other categories among them.

    Examples
    --------
    >>> import pyarrow as pa
    >>> found = coded(pa.chunked_array([["a", "b", None, "a"]]), np.ones(4, dtype=bool))
    >>> found.codes.tolist(), found.missing
    ([0, 1, 3, 0], 0.25)
    """
    if _pa.types.is_string(column.type) or _pa.types.is_large_string(column.type):
        return _words(column, learn, bins)
    return binned(as_numbers(column), learn, bins=bins)


def as_numbers(column: pa.ChunkedArray) -> Vector:
    """Return numbers, truth values, or moments in days, as floats; NaN for null and what is not finite."""
    if _pa.types.is_date(column.type) or _pa.types.is_timestamp(column.type):
        micros = _compute.cast(_compute.cast(column, _pa.timestamp("us")), _pa.int64())
        return numbers(micros) / 86_400e6
    found: Vector = np.array(numbers(column), dtype=np.float64)
    found[~np.isfinite(found)] = np.nan
    return found


def binned(values: Vector, learn: Flags, *, bins: int = 64) -> Coded:
    """Code numbers by quantiles of the rows to learn from."""
    null = np.isnan(values)
    known = np.sort(values[learn & ~null])
    places = np.linspace(0, max(0, len(known) - 1), bins - 1).round().astype(np.int64)[1:-1]
    edges = np.unique(known[places]) if len(known) else known
    codes = np.searchsorted(edges, values, side="right").astype(np.int16)
    codes[null] = len(edges) + 1
    present = values[~null]
    distinct = len(np.unique(present))
    return Coded(codes, len(edges) + 2, values, float(null.mean()) if len(null) else 0.0, distinct)


def _words(column: pa.ChunkedArray, learn: Flags, bins: int) -> Coded:
    """Code words: the frequent ones, all others, null."""
    encoded = _compute.dictionary_encode(column.combine_chunks())
    indices = _compute.fill_null(_compute.cast(encoded.indices, _pa.int64()), -1)
    places = indices.to_numpy(zero_copy_only=False)
    distinct = len(encoded.dictionary)
    counted = np.bincount(places[learn & (places >= 0)], minlength=distinct)
    order = np.argsort(-counted, kind="stable")[: bins - 2]
    kept = order[counted[order] > 0]
    codes = np.full(distinct + 1, len(kept), dtype=np.int16)
    codes[kept] = np.arange(len(kept))
    codes[distinct] = len(kept) + 1
    missing = float((places < 0).mean()) if len(places) else 0.0
    return Coded(codes[places], len(kept) + 2, None, missing, distinct)
