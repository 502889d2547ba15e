"""How much one feature alone says about the label: AUC on held-out rows, and mutual information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from penstock.evaluation.bootstrap import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.features.engineering.coding import Coded, Flags, Vector

RESAMPLES = 200
_PRIOR_ROWS = 20.0
_SIDES = (2.5, 97.5)


@dataclass(frozen=True)
class Power:
    """What a feature alone can do.

    Parameters
    ----------
    auc
        Area under the ROC curve on the held-out rows, of a score learnt from the training rows: the share of
        positives in the feature's bin. 0.5 is chance, whatever the shape of the relation.
    mutual_information
        In nats, over all rows looked at, less what chance gives.
    information
        The share of the label's uncertainty that knowing the feature takes away, from 0 to 1.
    """

    auc: Interval
    mutual_information: float
    information: float


def power(column: Coded, label: Flags, train: Flags, held: Flags, *, seed: int) -> Power:
    """Measure one feature.

    Parameters
    ----------
    column
        Its codes, learnt from the training rows.
    label
        The answers.
    train, held
        The two parts of the rows.
    seed
        For the bootstrap of the held-out rows.

    Examples
    --------
    >>> from penstock.features.engineering.coding import binned
    >>> label = np.arange(400) % 4 == 0
    >>> train = np.arange(400) < 300
    >>> found = power(binned(label * 1.0, train), label, train, ~train, seed=1)
    >>> found.auc.value, round(found.information, 2)
    (1.0, 1.0)
    """
    levels, places = np.unique(scores(column, label, train), return_inverse=True)
    counts = np.zeros((len(levels), 2), dtype=np.int64)  # codes of one score are ties
    np.add.at(counts, places, column.counts(label, held))
    information, share = mutual_information(column.counts(label, train | held))
    return Power(_interval(counts, seed), information, share)


def scores(column: Coded, label: Flags, train: Flags) -> Vector:
    """Return the share of positives of each code in training rows, drawn to the mean where rows are few."""
    counts = column.counts(label, train)
    mean = counts[:, 1].sum() / max(1, counts.sum())
    shares: Vector = (counts[:, 1] + _PRIOR_ROWS * mean) / (counts.sum(axis=1) + _PRIOR_ROWS)
    return shares


def auc(counts: NDArray[np.integer]) -> Vector:
    """Return the area under the ROC curve; 0.5 where a class is absent.

    Parameters
    ----------
    counts
        Negatives and positives by score, lowest score first: shape (..., scores, 2).
    """
    negative, positive = counts[..., 0].astype(np.float64), counts[..., 1].astype(np.float64)
    below = np.cumsum(negative, axis=-1) - negative / 2
    pairs = positive.sum(axis=-1) * negative.sum(axis=-1)
    area = (positive * below).sum(axis=-1)
    found: Vector = np.divide(area, pairs, out=np.full_like(area, 0.5), where=pairs > 0)
    return found


def mutual_information(counts: NDArray[np.integer]) -> tuple[float, float]:
    """Return mutual information in nats and its share of the label's entropy.

    The plug-in estimate less its bias (k - 1)(m - 1) / 2n (Miller, 1955), not below 0.
    """
    rows = int(counts.sum())
    if not rows:
        return 0.0, 0.0
    joint = counts / rows
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    seen = joint > 0
    raw = float((joint[seen] * np.log(joint[seen] / apart[seen])).sum())
    sizes = [int((joint.sum(axis=axis) > 0).sum()) for axis in (0, 1)]
    found = max(0.0, raw - (sizes[0] - 1) * (sizes[1] - 1) / (2 * rows))
    label = joint.sum(axis=0)
    entropy = -float((label[label > 0] * np.log(label[label > 0])).sum())
    return found, float(min(1.0, found / entropy)) if entropy > 0 else 0.0


def _interval(counts: NDArray[np.int64], seed: int) -> Interval:
    """Return the AUC with the percentile interval of resampled rows, which are resampled counts."""
    value, rows = float(auc(counts)), int(counts.sum())
    if not rows:
        return Interval(value=0.5, low=0.5, high=0.5, standard_deviation=0.0)
    drawn = np.random.default_rng(seed).multinomial(rows, (counts / rows).ravel(), size=RESAMPLES)
    return interval(value, auc(drawn.reshape(RESAMPLES, *counts.shape)))


def interval(value: float, draws: Vector) -> Interval:
    """Return a value with the 95 % percentile interval of its draws."""
    low, high = np.percentile(draws, _SIDES)
    return Interval(value=value, low=float(low), high=float(high), standard_deviation=float(draws.std()))
