"""Columns of a table as codes or ranks, for looking at them one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.evaluation.fairness.facets import conditions, is_number
from penstock.training.arrow import numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.training.algorithms import Vector

_MOST_LEVELS = 50


@dataclass(frozen=True)
class Levels:
    """A column cut into few levels: the level of each row, and how each level is called."""

    codes: NDArray[np.int64]
    names: tuple[str, ...]


def spaced(count: int, most: int) -> NDArray[np.int64]:
    """Return at most ``most`` positions, evenly spaced from first to last.

    Examples
    --------
    >>> spaced(10, 4).tolist(), spaced(2, 4).tolist()
    ([0, 3, 6, 9], [0, 1])
    """
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, most)).round().astype(np.int64))


def levels(column: pa.ChunkedArray, *, most: int = _MOST_LEVELS) -> Levels:
    """Return the most frequent values as levels, then one for all others and one for null.

    Examples
    --------
    >>> import pyarrow as pa
    >>> found = levels(pa.chunked_array([["b", "a", None, "b", "c"]]), most=1)
    >>> found.codes.tolist(), found.names
    ([0, 1, 2, 0, 1], ('b', 'other', 'null'))
    """
    raw = conditions(column)
    words: list[Any] = column.combine_chunks().dictionary_encode().dictionary.to_pylist()
    counts = np.bincount(raw[raw >= 0], minlength=len(words))
    ranked = sorted(range(len(words)), key=lambda place: (-counts[place], str(words[place])))
    kept = ranked[:most]
    lookup = np.full(len(words) + 1, len(kept), dtype=np.int64)
    lookup[kept] = np.arange(len(kept))
    lookup[-1] = len(kept) + 1
    return Levels(lookup[raw], (*(_word(words[place]) for place in kept), "other", "null"))


def cut(column: pa.ChunkedArray, edges: Vector) -> Levels:
    """Cut numbers at edges; the last level is null.

    Examples
    --------
    >>> import pyarrow as pa
    >>> found = cut(pa.chunked_array([[1.0, 5.0, None, 9.0]]), np.array([2.0, 6.0]))
    >>> found.codes.tolist(), found.names
    ([0, 1, 3, 2], ('below 2', '2 to 6', '6 and above', 'null'))
    """
    raw = numbers(column)
    codes = np.where(np.isnan(raw), len(edges) + 1, np.searchsorted(edges, raw, side="right"))
    inner = [f"{low:g} to {high:g}" for low, high in pairwise(edges.tolist())]
    ends = (f"below {edges[0]:g}", *inner, f"{edges[-1]:g} and above") if len(edges) else ("all",)
    return Levels(codes.astype(np.int64), (*ends, "null"))


def quantiles(column: pa.ChunkedArray, bins: int) -> Vector:
    """Return the edges that cut a column's numbers into parts of about equal size."""
    raw = numbers(column)
    known = raw[np.isfinite(raw)]
    if not len(known):
        return np.array([], dtype=np.float64)
    edges = np.unique(np.quantile(known, np.arange(1, bins) / bins))
    return np.asarray(edges[edges > known.min()], dtype=np.float64)


def ranks(values: Vector) -> Vector:
    """Return ranks from 0 on, equal values with their mean rank; NaN is lowest."""
    filled = np.where(np.isnan(values), -np.inf, values)
    _, inverse, counts = np.unique(filled, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2)[inverse], dtype=np.float64)


def is_numeric(column: pa.ChunkedArray) -> bool:
    """Say whether a column holds numbers of more than a few values; truth values are levels."""
    import pyarrow as pa

    return is_number(column) and not pa.types.is_boolean(column.type)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
