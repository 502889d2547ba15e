"""The flip test: what would be predicted of the group's rows, were they of the others (Black et al. 2020)."""

from __future__ import annotations

import numpy as np

from penstock.evaluation.fairness.rates import Groups, Unmeasurable

_NEIGHBOURS = 5
_FEW = 9
"""With so few others the nearest one decides."""
_MOST_ROWS = 20_000
"""Rows that are compared; more are thinned evenly."""


def ft(groups: Groups) -> float:
    """Share of the group predicted favourably against its nearest others, less the share predicted worse."""
    groups.both("Facet set is empty", "Negated Facet set is empty")
    if groups.numbers is None:
        raise Unmeasurable("FlipTest does not support non-numeric columns")
    if groups.said is None or not groups.numbers.shape[1]:
        raise Unmeasurable("FlipTest has no columns to compare")
    from sklearn.neighbors import KNeighborsClassifier

    count = len(groups.facet)
    kept = np.linspace(0, count - 1, min(count, _MOST_ROWS)).round().astype(np.int64)
    own, said, numbers = groups.facet[kept], groups.said[kept], groups.numbers[kept]
    if own.all() or not own.any():
        raise Unmeasurable("Facet set is empty" if not own.any() else "Negated Facet set is empty")
    neighbours = KNeighborsClassifier(_NEIGHBOURS if int((~own).sum()) > _FEW else 1)
    otherwise = neighbours.fit(numbers[~own], said[~own]).predict(numbers[own])
    return float((said[own].astype(np.int64) - otherwise.astype(np.int64)).mean())
