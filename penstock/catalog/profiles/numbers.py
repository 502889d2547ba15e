"""The state of a piece of a column of numbers, truth values, dates or times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.catalog.profiles.runs import most_frequent, starts_of
from penstock.catalog.profiles.state import QUANTILE_SIZE, TOP, ColumnState
from penstock.catalog.profiles.vectors import Numbers
from penstock.sketches import Bins, Distinct, Moments, Sketch, hash_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.specs.base import ColumnType


def measure_numbers(
    numbers: Numbers, kind: ColumnType, *, shown: bool
) -> tuple[ColumnState, NDArray[np.uint64] | None]:
    """Measure numbers; return also their hashes when no number stands twice."""
    every = numbers.values
    finite = every[np.isfinite(every)] if every.dtype.kind == "f" else every
    ordered = np.sort(finite)
    starts = starts_of(ordered)
    different = ordered[starts]
    hashes = hash_numbers(different)
    alone = len(starts) == len(ordered)
    state = ColumnState(
        kind,
        rows=numbers.rows,
        nulls=numbers.rows - len(every),
        infinite=len(every) - len(finite),
        unique="yes" if alone else "no",
        distinct=Distinct.of(hashes),
    )
    kept = hashes if alone else None
    if not shown or not len(ordered):
        return (state if shown else state.hidden()), kept
    counts = np.diff(starts, append=len(ordered))
    return _described(state, ordered, different, counts), kept


def _described(
    state: ColumnState, ordered: NDArray[Any], different: NDArray[Any], counts: NDArray[np.int64]
) -> ColumnState:
    """Add what tells values."""
    low, high = (int(np.searchsorted(ordered, 0, side=side)) for side in ("left", "right"))
    is_number = state.type in {"integer", "decimal"}
    return replace(
        state,
        minimum=ordered[0].item(),
        maximum=ordered[-1].item(),
        negatives=low if is_number else 0,
        zeros=high - low if is_number else 0,
        moments=Moments.of(ordered.astype(np.float64, copy=False)),
        quantiles=Sketch.of(ordered, size=QUANTILE_SIZE, ordered=True),
        bins=Bins.of(ordered),
        frequent=most_frequent(counts, lambda kept: different[kept].tolist(), TOP),
    )
