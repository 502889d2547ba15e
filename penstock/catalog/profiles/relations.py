"""How columns go together, in a form that can be merged: co-moments of numbers, counts by category."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.sketches import Moments
from penstock.sketches.packing import pack, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

MOST_CATEGORIES = 64
_LARGE = 1e150
"""Its square is a float."""
_CACHED = 4_096
"""Rows of some columns that fit in a processor's cache."""


@dataclass(frozen=True)
class Comoments:
    """Of each pair of columns: rows with both, and on them mean, squares and products of deviations.

    ``means[i, j]`` is the mean of column i where j has a value too. Merged as Chan, Golub and LeVeque merge
    variances (1979), pair by pair.

    Examples
    --------
    >>> x = np.arange(10.0)
    >>> one, two = (Comoments.of(["x", "y"], [x, y]) for y in (3 - x, -x))
    >>> both = one.merge(two)
    >>> round(both.pearson(0, 1), 3), both.rows(0, 1)
    (-0.886, 20)
    """

    names: tuple[str, ...]
    counts: Matrix
    means: Matrix
    squares: Matrix
    products: Matrix

    @classmethod
    def of(cls, names: Sequence[str], values: Sequence[NDArray[np.float64]]) -> Comoments:
        """Measure columns of the same rows; NaN and infinities are no values."""
        shift = np.array([_middle(column) for column in values])[:, None]
        counts, sums, squares, products = np.zeros((4, len(names), len(names)))
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(values[0]), _CACHED):
                part = np.array([column[start : start + _CACHED] for column in values])
                known = np.isfinite(part)
                moved, seen = np.where(known, part - shift, 0.0), known.astype(np.float64)
                counts += seen @ seen.T
                sums += moved @ seen.T
                squares += (moved * moved) @ seen.T
                products += moved @ moved.T
            rows = np.maximum(counts, 1.0)
            squares -= sums * sums / rows
            products -= sums * sums.T / rows
            return cls(tuple(names), counts, sums / rows + shift, squares, products)

    def merge(self, other: Comoments) -> Comoments:
        """Return the co-moments of both sides' rows."""
        counts = self.counts + other.counts
        rows = np.maximum(counts, 1.0)
        with np.errstate(over="ignore", invalid="ignore"):
            apart = np.where((self.counts > 0) & (other.counts > 0), other.means - self.means, 0.0)
            share = self.counts * other.counts / rows
            means = np.where(self.counts > 0, self.means + apart * other.counts / rows, other.means)
            squares = self.squares + other.squares + apart * apart * share
            products = self.products + other.products + apart * apart.T * share
        return Comoments(self.names, counts, means, squares, products)

    def rows(self, one: int, other: int) -> int:
        """Return how many rows have both values."""
        return int(self.counts[one, other])

    def pearson(self, one: int, other: int) -> float | None:
        """Return Pearson's r, None where a column does not vary or is beyond a float."""
        spread = float(self.squares[one, other]) * float(self.squares[other, one])
        noise = self.counts[one, other] * 1e-28
        for a, b in ((one, other), (other, one)):
            if self.squares[a, b] <= noise * min(_LARGE, abs(self.means[a, b])) ** 2:
                return None
        if not math.isfinite(spread) or spread <= 0:
            return None
        found = float(self.products[one, other]) / math.sqrt(spread)
        return max(-1.0, min(1.0, found)) if math.isfinite(found) else None

    def document(self) -> dict[str, Any]:
        """Return the co-moments for JSON."""
        parts = {name: pack(getattr(self, name).ravel()) for name in _MATRICES}
        return {"names": list(self.names), **parts}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Comoments:
        """Read what :meth:`document` wrote."""
        size = len(document["names"])
        parts = [unpack(document[name], "<f8").reshape(size, size) for name in _MATRICES]
        return cls(tuple(document["names"]), *parts)


def _middle(values: NDArray[np.float64]) -> float:
    """Return a number amid the values, from which deviations are small."""
    some = values[:_CACHED]
    # NumPy's median loads masked arrays, which takes as long as a piece of data.
    some = np.sort(some[np.isfinite(some)])
    return float(some[len(some) // 2]) if len(some) else 0.0


_MATRICES = ("counts", "means", "squares", "products")


@dataclass(frozen=True)
class Grouped:
    """Moments of numbers by category; None when there are more than 64 categories.

    Examples
    --------
    >>> Grouped.of(["a", "b"], np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 5.0, 6.0])).correlation_ratio()
    0.9701425001453319
    """

    groups: Mapping[str, Moments] | None

    @classmethod
    def of(cls, labels: Sequence[str], codes: NDArray[np.int64], values: Matrix) -> Grouped:
        """Measure numbers (finite ones) by the code of their category."""
        size = len(labels)
        counts = np.bincount(codes, minlength=size)
        with np.errstate(over="ignore", invalid="ignore"):
            means = np.bincount(codes, values, size) / np.maximum(counts, 1)
            squares = np.bincount(codes, (values - means[codes]) ** 2, size)
        rows = zip(labels, counts.tolist(), means.tolist(), squares.tolist(), strict=True)
        return cls({label: Moments(*numbers) for label, *numbers in rows if numbers[0]})

    def merge(self, other: Grouped) -> Grouped:
        """Return the moments of both sides' rows."""
        if self.groups is None or other.groups is None:
            return Grouped(None)
        names = [*self.groups, *(name for name in other.groups if name not in self.groups)]
        if len(names) > MOST_CATEGORIES:
            return Grouped(None)
        none = Moments()
        return Grouped({n: self.groups.get(n, none).merge(other.groups.get(n, none)) for n in names})

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(moments.count for moments in (self.groups or {}).values())

    def correlation_ratio(self) -> float | None:
        """Return eta, the root of the share of the variance that lies between the categories."""
        if not self.groups:
            return None
        whole = Moments()
        for moments in self.groups.values():
            whole = whole.merge(moments)
        within = sum(moments.squares for moments in self.groups.values())
        if not math.isfinite(whole.squares) or whole.squares <= whole.count * 1e-28 * whole.mean**2:
            return None
        return math.sqrt(max(0.0, min(1.0, 1.0 - within / whole.squares)))

    def document(self) -> dict[str, Any] | None:
        """Return the groups for JSON."""
        return None if self.groups is None else {n: m.document() for n, m in self.groups.items()}

    @classmethod
    def read(cls, document: Mapping[str, Any] | None) -> Grouped:
        """Read what :meth:`document` wrote."""
        return cls(None if document is None else {n: Moments.read(m) for n, m in document.items()})


@dataclass(frozen=True)
class Crossed:
    """Rows by two categories; None when a side has more than 64.

    Examples
    --------
    >>> Crossed.of(["a", "b"], ["x", "y"], np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])).cramers_v()
    1.0
    """

    counts: Mapping[tuple[str, str], int] | None

    @classmethod
    def of(
        cls, one: Sequence[str], other: Sequence[str], rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> Crossed:
        """Count the pairs of codes."""
        found = np.bincount(rows * len(other) + columns, minlength=len(one) * len(other))
        pairs = ((a, b) for a in one for b in other)
        return cls({pair: n for pair, n in zip(pairs, found.tolist(), strict=True) if n})

    def merge(self, other: Crossed) -> Crossed:
        """Return the counts of both sides' rows."""
        if self.counts is None or other.counts is None:
            return Crossed(None)
        both = Counter[tuple[str, str]](self.counts)
        both.update(other.counts)
        few = all(len({pair[side] for pair in both}) <= MOST_CATEGORIES for side in (0, 1))
        return Crossed(dict(both) if few else None)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum((self.counts or {}).values())

    def cramers_v(self) -> float | None:
        """Return Cramer's V, the root of chi-squared over its greatest possible value."""
        names = [sorted({pair[side] for pair in self.counts or ()}) for side in (0, 1)]
        degrees = min(map(len, names)) - 1
        if degrees < 1:
            return None
        table = np.array([[(self.counts or {}).get((a, b), 0) for b in names[1]] for a in names[0]], float)
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
        return math.sqrt(float(((table - expected) ** 2 / expected).sum() / table.sum() / degrees))

    def document(self) -> list[list[Any]] | None:
        """Return the counts for JSON."""
        return None if self.counts is None else [[*pair, n] for pair, n in sorted(self.counts.items())]

    @classmethod
    def read(cls, document: list[list[Any]] | None) -> Crossed:
        """Read what :meth:`document` wrote."""
        return cls(None if document is None else {(one, other): n for one, other, n in document})
