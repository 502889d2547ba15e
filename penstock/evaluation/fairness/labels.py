"""How differently the favourable label is spread over two groups, before any model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from penstock.evaluation.fairness.rates import Groups, Unmeasurable

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ci(groups: Groups) -> float:
    """How many more rows the others have, as a share of all."""
    groups.both(
        "CI: facet set is empty. Check that x[facet] has non-zero length.",
        "CI: negated facet set is empty. Check that x[~facet] has non-zero length.",
        others_first=True,
    )
    others, own = groups.rows(0), groups.rows(1)
    return (others - own) / (others + own)


def dpl(groups: Groups) -> float:
    """How much more often the others have the favourable label."""
    groups.both("Facet set is empty.", "Negative facet set is empty.", others_first=True)
    others, own = (groups.counts[side, 1].sum() / groups.rows(side) for side in (0, 1))
    return float(others - own)


def kl(groups: Groups) -> float:
    """Divergence of Kullback and Leibler, from the others' labels to the group's."""
    others, own = _shares(groups)
    return _divergence(others, own)


def js(groups: Groups) -> float:
    """Divergence of Jensen and Shannon."""
    others, own = _shares(groups)
    middle = (others + own) / 2
    return (_divergence(others, middle) + _divergence(own, middle)) / 2


def lp(groups: Groups) -> float:
    """Euclidean distance of the labels' shares."""
    return _norm(groups, 2)


def tvd(groups: Groups) -> float:
    """Total variation distance: half the summed differences of shares."""
    return _norm(groups, 1) / 2


def ks(groups: Groups) -> float:
    """Return the largest difference of shares."""
    return _norm(groups, np.inf)


def _shares(groups: Groups) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return shares of the labels that both groups have, as Clarify does."""
    counts = groups.counts.sum(axis=2)
    kept = (counts > 0).all(axis=0)
    if not kept.any():
        raise Unmeasurable("No instance of common facet found, dataset may be too small")
    shares = counts / counts.sum(axis=1, keepdims=True)
    return shares[0, kept], shares[1, kept]


def _divergence(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float((first * np.log(first / second)).sum())


def _norm(groups: Groups, order: float) -> float:
    others, own = _shares(groups)
    return float(np.linalg.norm(others - own, order))
