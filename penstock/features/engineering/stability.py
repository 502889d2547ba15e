"""Whether a feature looks the same at the end of the time as at its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from penstock.features.engineering.coding import Coded, Flags, Vector

UNSTABLE = 0.25
"""A population stability index above it is commonly called a shift."""
_LEAST = 1e-4


def stability_index(column: Coded, first: Flags, last: Flags) -> float:
    """Return the population stability index of two parts of the rows: Σ (p - q) ln(p / q) over the codes.

    An empty code counts as 0.0001. What chance alone gives, about (k - 1)(1/n + 1/m), is taken off. Rows
    without a value do not count: a history that fills up is no shift. See :func:`missing_shift`.

    Parameters
    ----------
    column
        Coded in about ten bins.
    first, last
        The rows of the beginning and of the end.

    Examples
    --------
    >>> from penstock.features.engineering.coding import binned
    >>> x = np.arange(1000.0)
    >>> early = x < 500
    >>> round(stability_index(binned(x % 10, early, bins=10), early, ~early), 3)
    0.0
    >>> stability_index(binned(x, early, bins=10), early, ~early) > 0.25
    True
    """
    before, after = _known(column, first), _known(column, last)
    if not before.any() or not after.any():
        return 0.0
    p, q = np.maximum(after, _LEAST), np.maximum(before, _LEAST)
    codes = int(((before > 0) | (after > 0)).sum())
    sizes = [int((column.codes[rows] < column.size - 1).sum()) for rows in (first, last)]
    chance = (codes - 1) * sum(1 / max(1, size) for size in sizes)
    return max(0.0, float(((p - q) * np.log(p / q)).sum()) - chance)


def missing_shift(column: Coded, first: Flags, last: Flags) -> float:
    """Return how much greater the share of rows without a value is at the end than at the beginning."""
    return float(column.shares(last)[-1] - column.shares(first)[-1])


def _known(column: Coded, rows: Flags) -> Vector:
    """Return the share of each code but null among some rows that have a value."""
    found = column.shares(rows)[:-1]
    return found / (found.sum() or 1.0)


def thirds(moments: Vector) -> tuple[Flags, Flags]:
    """Return the rows of the first and of the last third, by time; rows without a time are in neither."""
    low, high = np.nanquantile(moments, [1 / 3, 2 / 3])
    return moments <= low, moments > high
