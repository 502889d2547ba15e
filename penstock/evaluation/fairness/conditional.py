"""Demographic disparity within the groups of a third column (Wachter, Mittelstadt and Russell 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from penstock.evaluation.fairness.rates import Groups, Unmeasurable
from penstock.evaluation.metrics import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cddl(groups: Groups) -> float:
    """Disparity of labels, the mean over the condition's groups by their rows."""
    return _disparity(groups, groups.label)


def cddpl(groups: Groups) -> float:
    """Disparity of predicted labels, the mean over the condition's groups by their rows."""
    return _disparity(groups, groups.label if groups.said is None else groups.said)


def _disparity(groups: Groups, favourable: NDArray[np.bool_]) -> float:
    """Return the group's share of rejections less its share of acceptances, within each condition."""
    condition = groups.condition
    if condition is None or not len(condition):
        raise Unmeasurable("Group variable is empty or not provided")
    if not favourable.any():
        raise Unmeasurable("No positive labels in set")
    if favourable.all():
        raise Unmeasurable("No negative labels in set")
    known = condition >= 0
    code = 4 * condition[known] + 2 * favourable[known] + groups.facet[known]
    size = 4 * (int(condition.max(initial=-1)) + 1)
    counts = np.bincount(code, minlength=size).reshape(-1, 2, 2).astype(np.float64)
    share = ratio(counts[:, :, 1], counts.sum(axis=2))
    rows = counts.sum(axis=(1, 2))
    return float(ratio(np.array([(rows * (share[:, 0] - share[:, 1])).sum()]), np.array([rows.sum()]))[0])
