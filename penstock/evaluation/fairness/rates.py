"""The rows of two groups, counted once, and the metrics that follow from the counts of predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Unmeasurable(ValueError):
    """A bias metric has no value for these rows; the text is Clarify's."""


@dataclass(frozen=True)
class Groups:
    """Rows of a disadvantaged group and of all others.

    Parameters
    ----------
    facet
        Which rows are of the disadvantaged group.
    label
        Whose true answer is the favourable one.
    said
        Whose predicted answer is; absent before training.
    condition
        Numbers of the groups within which conditional metrics compare; -1 where it is not known.
    numbers
        The numeric columns without the facet; absent where a column is not numeric.
    """

    facet: NDArray[np.bool_]
    label: NDArray[np.bool_]
    said: NDArray[np.bool_] | None = None
    condition: NDArray[np.int64] | None = None
    numbers: NDArray[Any] | None = None

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Rows by facet, label and predicted label."""
        said = self.said if self.said is not None else np.zeros(len(self.label), dtype=np.bool_)
        code = 4 * self.facet.astype(np.int64) + 2 * self.label + said
        return np.bincount(code, minlength=8).reshape(2, 2, 2)

    def rows(self, side: int) -> int:
        """Return the rows of the others (0) or of the group (1)."""
        return int(self.counts[side].sum())

    def both(self, empty: str, others_empty: str, *, others_first: bool = False) -> None:
        """Refuse when one of the groups has no rows, with the text that the metric has for it."""
        found = [(1, empty), (0, others_empty)]
        for side, text in reversed(found) if others_first else found:
            if not self.rows(side):
                raise Unmeasurable(text)


def divide(numerator: float, denominator: float) -> float:
    """Divide as Clarify does: nothing by nothing is 0, and something by nothing infinite.

    Examples
    --------
    >>> divide(0, 0), divide(1, 0), divide(1, 2)
    (0.0, inf, 0.5)
    """
    if denominator:
        return float(numerator / denominator)
    return math.copysign(math.inf, numerator) if numerator else 0.0


def difference(first: float, second: float) -> float:
    """Subtract, with 0 between two infinities."""
    return 0.0 if first == second else first - second


def dppl(groups: Groups) -> float:
    """How much more often the others are predicted the favourable answer."""
    groups.both("Facet set is empty.", "Negative facet set is empty.", others_first=True)
    others, own = (groups.counts[side, :, 1].sum() / groups.rows(side) for side in (0, 1))
    return float(others - own)


def di(groups: Groups) -> float:
    """Return the group's share of favourable predictions, by that of the others."""
    groups.both("Facet set is empty", "Negated facet set is empty", others_first=True)
    others, own = (groups.counts[side, :, 1].sum() / groups.rows(side) for side in (0, 1))
    return divide(own, others)


def dca(groups: Groups) -> float:
    """Favourable labels by favourable predictions: the others less the group."""
    _stated(groups, "DCO")
    others, own = (divide(c[1].sum(), c[:, 1].sum()) for c in groups.counts)
    return difference(others, own)


def dcr(groups: Groups) -> float:
    """Unfavourable labels by unfavourable predictions: the group less the others."""
    _stated(groups, "DCO")
    others, own = (divide(c[0].sum(), c[:, 0].sum()) for c in groups.counts)
    return difference(own, others)


def rd(groups: Groups) -> float:
    """Recall of the others less that of the group."""
    _stated(groups, "DLA")
    others, own = (divide(c[1, 1], c[1].sum()) for c in groups.counts)
    return difference(others, own)


def sd(groups: Groups) -> float:
    """Specificity of the group less that of the others."""
    _stated(groups, "DLA")
    others, own = (divide(c[0, 0], c[0].sum()) for c in groups.counts)
    return difference(own, others)


def dar(groups: Groups) -> float:
    """Precision of the favourable predictions: the others less the group."""
    _stated(groups, "DLR")
    others, own = (divide(c[1, 1], c[:, 1].sum()) for c in groups.counts)
    return difference(others, own)


def drr(groups: Groups) -> float:
    """Precision of the unfavourable predictions: the group less the others."""
    _stated(groups, "DLR")
    others, own = (divide(c[0, 0], c[:, 0].sum()) for c in groups.counts)
    return difference(own, others)


def ad(groups: Groups) -> float:
    """Accuracy of the others less that of the group."""
    groups.both("Facet set is empty", "Negated Facet set is empty")
    others, own = (divide(c[1, 1] + c[0, 0], c.sum()) for c in groups.counts)
    return difference(others, own)


def te(groups: Groups) -> float:
    """Return false negatives by false positives: the group less the others."""
    groups.both("Facet set is empty", "Negated Facet set is empty")
    others, own = (divide(c[1, 0], c[0, 1]) for c in groups.counts)
    return difference(own, others)


def _stated(groups: Groups, name: str) -> None:
    """Refuse an empty group by the name of the metric's pair."""
    groups.both(f"{name}: Facet set is empty", f"{name}: Negated Facet set is empty")
