"""Metrics of a yes/no prediction, for one sample or for many weighted resamples at once."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]
Vector = NDArray[np.float64]

METRICS = ("auc", "accuracy", "f1", "precision", "recall", "log_loss", "brier")
LOWER_IS_BETTER = frozenset({"log_loss", "brier"})
_EDGE = 1e-15


def point_metrics(label: Labels, score: Vector, *, threshold: float = 0.5) -> dict[str, float]:
    """Return every metric of one sample.

    Parameters
    ----------
    label
        The true answers, both classes present.
    score
        Predicted probability of the positive class.
    threshold
        From this score on, a row counts as predicted positive.

    Examples
    --------
    >>> found = point_metrics(np.array([True, False, True]), np.array([0.9, 0.2, 0.4]))
    >>> found["auc"], round(found["recall"], 3)
    (1.0, 0.5)
    """
    once = np.ones((1, len(label)))
    return {
        name: float(values[0]) for name, values in weighted_metrics(label, score, once, threshold).items()
    }


def weighted_metrics(
    label: Labels, score: Vector, weights: NDArray[np.floating], threshold: float = 0.5
) -> dict[str, Vector]:
    """Return every metric for each line of ``weights`` (resamples by rows)."""
    columns = _indicators(label, score, threshold)
    sums = weights @ columns.astype(weights.dtype)
    total = sums[:, 0] + sums[:, 1] + sums[:, 2] + sums[:, 3]
    rates = confusion_rates(*(sums[:, n].astype(np.float64) for n in range(4)))
    return {
        "auc": weighted_auc(label, score, weights),
        "accuracy": rates["accuracy"],
        "f1": rates["f1"],
        "precision": rates["precision"],
        "recall": rates["recall"],
        "log_loss": (sums[:, 4] / total).astype(np.float64),
        "brier": (sums[:, 5] / total).astype(np.float64),
    }


def confusion_rates(tp: Vector, fp: Vector, fn: Vector, tn: Vector) -> dict[str, Vector]:
    """Return the metrics that follow from the confusion counts; a metric without rows to count is 0."""
    precision, recall = ratio(tp, tp + fp), ratio(tp, tp + fn)
    return {
        "accuracy": ratio(tp + tn, tp + fp + fn + tn),
        "precision": precision,
        "recall": recall,
        "f0_5": _f(precision, recall, 0.5),
        "f1": _f(precision, recall, 1.0),
        "f2": _f(precision, recall, 2.0),
        "true_positive_rate": recall,
        "true_negative_rate": ratio(tn, tn + fp),
        "false_positive_rate": ratio(fp, tn + fp),
        "false_negative_rate": ratio(fn, tp + fn),
    }


def weighted_auc(label: Labels, score: Vector, weights: NDArray[np.floating]) -> Vector:
    """Return the area under the ROC curve a resample, ties counted half (Mann and Whitney).

    The rows are sorted once; each resample is then two cumulative sums. NaN where a class is absent.
    """
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])
    ordered, truth = weights[:, order], label[order]
    positive = np.add.reduceat(ordered * truth, starts, axis=1, dtype=np.float64)
    negative = np.add.reduceat(ordered * ~truth, starts, axis=1, dtype=np.float64)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    area = ratio((positive * below).sum(axis=1), pairs)
    return np.where(pairs > 0, area, np.nan)


def average_precision(label: Labels, score: Vector, weights: NDArray[np.floating]) -> Vector:
    """Return the area under the precision-recall curve a resample, by steps; 0 without a positive row.

    Examples
    --------
    >>> average_precision(np.array([True, False, True]), np.array([0.9, 0.5, 0.4]), np.ones((1, 3))).round(3)
    array([0.833])
    """
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) < 0])
    ordered, truth = weights[:, order], label[order]
    caught = np.add.reduceat(ordered * truth, starts, axis=1, dtype=np.float64)
    claimed = np.cumsum(np.add.reduceat(ordered, starts, axis=1, dtype=np.float64), axis=1)
    precision = ratio(np.cumsum(caught, axis=1), claimed)
    return ratio((precision * caught).sum(axis=1), caught.sum(axis=1))


def ratio(numerator: Vector, denominator: Vector) -> Vector:
    """Divide, with 0 where there is nothing to divide by."""
    zero = np.zeros_like(numerator, dtype=np.float64)
    return cast("Vector", np.divide(numerator, denominator, out=zero, where=denominator > 0))


def _f(precision: Vector, recall: Vector, beta: float) -> Vector:
    """Return the F measure that values recall ``beta`` times as much as precision."""
    square = beta * beta
    return ratio((1 + square) * precision * recall, square * precision + recall)


def _indicators(label: Labels, score: Vector, threshold: float) -> Vector:
    """Return a column each for tp, fp, fn, tn, log loss and squared error, one line a row."""
    said = score >= threshold
    clipped = np.clip(score, _EDGE, 1 - _EDGE)
    loss = -np.where(label, np.log(clipped), np.log1p(-clipped))
    return np.column_stack(
        [label & said, ~label & said, label & ~said, ~label & ~said, loss, (score - label) ** 2]
    )
