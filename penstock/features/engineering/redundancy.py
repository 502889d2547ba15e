"""Which features say the same: pairs that go together, groups of them, and what others add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.catalog.profiles.relations import Comoments
from penstock.features.engineering.coding import Coded, binned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

_COARSE = 12
_LEAST_ROWS = 30
"""Fewer rows with both values prove nothing."""
_RIDGE = 1e-9
_stats: Any = import_module("scipy.stats")
_hierarchy: Any = import_module("scipy.cluster.hierarchy")


@dataclass(frozen=True)
class Together:
    """How strongly each pair of features goes together, from 0 to 1."""

    names: tuple[str, ...]
    strength: Matrix

    def pair(self, one: str, other: str) -> float:
        """Return the strength of a pair."""
        return float(self.strength[self.names.index(one), self.names.index(other)])

    def groups(self, least: float) -> list[tuple[str, ...]]:
        """Return groups in which every pair is at least so strong (complete linkage), each of two or more."""
        if len(self.names) < 2:  # noqa: PLR2004
            return []
        apart = 1.0 - self.strength[np.triu_indices(len(self.names), 1)]
        tree = _hierarchy.linkage(np.clip(apart, 0.0, 1.0), method="complete")
        numbers = _hierarchy.fcluster(tree, t=1.0 - least + 1e-9, criterion="distance")
        found: dict[int, list[str]] = {}
        for name, number in zip(self.names, numbers.tolist(), strict=True):
            found.setdefault(number, []).append(name)
        return sorted(tuple(group) for group in found.values() if len(group) > 1)


def together(columns: Mapping[str, Coded]) -> Together:
    """Measure all pairs: |Spearman's rank correlation| of two numbers, else Cramér's V.

    Cramér's V is corrected for chance (Bergsma, 2013); a number takes part in it in ten bins or so. Rows
    without one of the two values do not count between numbers (0 if there are fewer than 30 with both);
    between others null is a category.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> every = np.ones(100, dtype=bool)
    >>> columns = {"x": binned(x, every), "its cube": binned(-(x**3), every)}
    >>> round(together(columns).pair("x", "its cube"), 6)
    1.0
    """
    names = tuple(columns)
    strength = np.eye(len(names))
    numeric = [place for place, name in enumerate(names) if columns[name].values is not None]
    ranks = _correlations([_ranked(columns[names[place]]) for place in numeric])
    strength[np.ix_(numeric, numeric)] = np.abs(ranks)
    words = [place for place in range(len(names)) if place not in set(numeric)]
    coarse = {place: _coarse(columns[name]) for place, name in enumerate(names)} if words else {}
    for one in words:
        for other in range(len(names)):
            if other != one and (other not in words or other > one):
                strength[one, other] = strength[other, one] = cramers_v(*coarse[one], *coarse[other])
    return Together(names, strength)


def cramers_v(one: NDArray[np.int16], one_size: int, other: NDArray[np.int16], other_size: int) -> float:
    """Return Cramér's V of two coded columns, corrected for chance; 0 where one does not vary.

    Examples
    --------
    >>> codes = np.tile(np.array([0, 1], dtype=np.int16), 50)
    >>> cramers_v(codes, 2, codes, 2)
    1.0
    """
    flat = np.bincount(one.astype(np.int64) * other_size + other, minlength=one_size * other_size)
    table = flat.reshape(one_size, other_size).astype(np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, lines, across = table.sum(), table.shape[0], table.shape[1]
    if min(lines, across) < 2 or rows < 2:  # noqa: PLR2004
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / rows
    phi = max(
        0.0, ((table - expected) ** 2 / expected).sum() / rows - (lines - 1) * (across - 1) / (rows - 1)
    )
    least = min(n - (n - 1) ** 2 / (rows - 1) for n in (lines, across)) - 1
    return float(min(1.0, np.sqrt(phi / least))) if least > 0 else 0.0


def inflation(columns: Mapping[str, Coded], names: Sequence[str], *, limit: float) -> dict[str, float]:
    """Return the variance inflation factor of each number: 1 where no others predict it.

    It is 1 / (1 - R²) of the regression of the number on the others, from 1 upwards; 10 is a common limit.
    While some are above the limit, the last of them in ``names`` is left out: it keeps the factor that it
    had, and the others are measured without it.

    Parameters
    ----------
    columns
        The features.
    names
        Those to look at, best first.
    limit
        Above it a number is left out.

    Examples
    --------
    >>> x, y = np.random.default_rng(1).normal(size=(2, 500))
    >>> every = np.ones(500, dtype=bool)
    >>> columns = {n: binned(v, every) for n, v in {"x": x, "y": y, "sum": x + y + 0.01 * x * y}.items()}
    >>> [name for name, factor in inflation(columns, list(columns), limit=10).items() if factor > 10]
    ['sum']
    """
    left = [name for name in names if _varies(columns[name])]
    if len(left) < 2:  # noqa: PLR2004
        return dict.fromkeys(left, 1.0)
    matrix = _correlations([_standard(columns[name]) for name in left])
    found: dict[str, float] = {}
    places = list(range(len(left)))
    while True:
        inverse = np.linalg.pinv(
            matrix[np.ix_(places, places)] + _RIDGE * np.eye(len(places)), hermitian=True
        )
        factors = np.maximum(1.0, np.diag(inverse))
        beyond = np.flatnonzero(factors > limit)
        if not len(beyond):
            return found | {left[place]: float(factor) for place, factor in zip(places, factors, strict=True)}
        worst = int(beyond[-1])
        found[left[places.pop(worst)]] = float(factors[worst])


def _varies(column: Coded) -> bool:
    return column.values is not None and column.distinct > 1


def _standard(column: Coded) -> Matrix:
    """Return a number with its mean in the place of null: every pair is of the same rows."""
    values = column.values if column.values is not None else np.zeros(len(column.codes))
    return np.where(np.isnan(values), np.nanmean(values), values)


def _ranked(column: Coded) -> Matrix:
    """Return ranks, NaN for null."""
    values = column.values if column.values is not None else np.zeros(len(column.codes))
    known = ~np.isnan(values)
    ranks = np.full(len(values), np.nan)
    ranks[known] = _stats.rankdata(values[known])
    return ranks


def _correlations(values: Sequence[Matrix]) -> Matrix:
    """Return Pearson's r of all pairs, 0 where a column does not vary or few rows have both."""
    found = np.eye(len(values))
    if len(values) < 2:  # noqa: PLR2004
        return found
    moments = Comoments.of([str(place) for place in range(len(values))], values)
    for one in range(len(values)):
        for other in range(one + 1, len(values)):
            known = moments.rows(one, other) >= _LEAST_ROWS
            found[one, other] = found[other, one] = (moments.pearson(one, other) or 0.0) if known else 0.0
    return found


def _coarse(column: Coded) -> tuple[NDArray[np.int16], int]:
    """Return codes few enough to be crossed with others."""
    if column.values is None or column.size <= _COARSE:
        return column.codes, column.size
    found = binned(column.values, np.ones(len(column.codes), dtype=np.bool_), bins=_COARSE)
    return found.codes, found.size
