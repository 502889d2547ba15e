"""Which way rows go at each node, as the library that grew the trees would decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from penstock.explainability.trees import AS_ZERO, LEAF, MISSING, ZERO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.explainability.trees import Ensemble

    Floats = NDArray[np.floating]


def precise(ensemble: Ensemble, matrix: Floats) -> Floats:
    """Return the matrix in the precision in which the library compares it."""
    return np.asarray(
        matrix, dtype=np.float32 if ensemble.single or matrix.dtype == np.float32 else np.float64
    )


def fitting(ensemble: Ensemble, kind: np.dtype[np.floating]) -> Floats:
    """Return thresholds in a matrix's precision, such that every number of it goes the same way.

    Examples
    --------
    A single number is at most 0.1 when it is at most the next single number below.

    >>> from penstock.explainability.trees import Tree, joined
    >>> one, none = np.ones(1), np.full(1, -1)
    >>> tree = Tree(none, none, none, one * 0.1, one, one, one)
    >>> forest = joined([tree], base=one, features=1, form="at_most", single=True)
    >>> float(fitting(forest, np.dtype(np.float32))[0]) < 0.1 < float(np.float32(0.1))
    True
    """
    near = ensemble.threshold.astype(kind)
    if ensemble.form == "at_most":
        near = np.where(near > ensemble.threshold, np.nextafter(near, kind.type(-np.inf)), near)
    return near


@dataclass(eq=False)
class Columns:
    """Some rows, column by column, with missing values as each node wants them."""

    values: Floats
    _seen: dict[tuple[int, int], Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Floats) -> Columns:
        """Turn rows into columns."""
        return cls(np.ascontiguousarray(rows.T))

    def at(self, column: int, missing: int) -> Floats:
        """Return a column in which NaN, and nothing else, is missing."""
        key = column, missing
        if key not in self._seen:
            self._seen[key] = _marked(self.values[column], missing)
        return self._seen[key]


@dataclass(frozen=True, eq=False)
class Comparisons:
    """The comparisons of one tree: the ``n``-th gives decisions ``2 n`` (left) and ``2 n + 1`` (right)."""

    place: dict[int, int]
    """For each node that compares, its ``n``."""
    asked: tuple[tuple[int, int, np.floating, bool], ...]
    """Column, kind of missing value, threshold, whether a missing value goes left."""
    categories: tuple[tuple[int, Floats], ...]
    at_most: bool

    @classmethod
    def of(cls, ensemble: Ensemble, thresholds: Floats, first: int, last: int) -> Comparisons:
        """Gather what the nodes from ``first`` up to ``last`` compare."""
        nodes = first + np.flatnonzero(ensemble.left[first:last] != LEAF)
        asked = zip(
            ensemble.feature[nodes].tolist(),
            ensemble.missing[nodes].tolist(),
            thresholds[nodes],
            ensemble.default_left[nodes].tolist(),
            strict=True,
        )
        sets = [
            (n, ensemble.categories[node])
            for n, node in enumerate(nodes.tolist())
            if node in ensemble.categories
        ]
        codes = tuple((n, codes.astype(thresholds.dtype)) for n, codes in sets)
        return cls(
            {node: n for n, node in enumerate(nodes.tolist())},
            tuple(asked),
            codes,
            ensemble.form == "at_most",
        )

    def decide(self, columns: Columns, met: list[NDArray[np.bool_]]) -> None:
        """Fill ``met``: for each node, who goes left, and who goes right."""
        below, above = (np.less_equal, np.greater) if self.at_most else (np.less, np.greater_equal)
        for n, (column, missing, threshold, default_left) in enumerate(self.asked):
            goes_left, goes_right = met[2 * n], met[2 * n + 1]
            if default_left:
                above(columns.at(column, missing), threshold, out=goes_right)
                np.logical_not(goes_right, out=goes_left)
            else:
                below(columns.at(column, missing), threshold, out=goes_left)
                np.logical_not(goes_left, out=goes_right)
        for n, codes in self.categories:
            column, missing, _, default_left = self.asked[n]
            given = columns.at(column, missing)
            chosen = np.isin(np.trunc(given), codes)
            met[2 * n][:] = chosen | (np.isnan(given) & default_left)
            np.logical_not(met[2 * n], out=met[2 * n + 1])


def _marked(values: Floats, missing: int) -> Floats:
    """Turn what is missing into NaN, and what is not into a number."""
    if missing == MISSING:
        return values
    empty = np.isnan(values)
    if missing == AS_ZERO:
        return np.where(empty, values.dtype.type(0), values) if empty.any() else values
    return np.where(np.abs(values) <= ZERO, values.dtype.type(np.nan), values)
