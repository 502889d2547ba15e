"""Curves of a yes/no prediction, thinned to what a plot can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.evaluation.metrics import Labels, Vector, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

POINTS = 200
_BINS = 15


def curves(label: Labels, score: Vector) -> dict[str, Any]:
    """Return ROC, precision-recall and calibration, at most 200 points each.

    Parameters
    ----------
    label
        True answers, both classes present.
    score
        Predicted probabilities.
    """
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    hits, alarms = np.cumsum(label[order])[last], np.cumsum(~label[order])[last]
    positives, negatives = float(label.sum()), float((~label).sum())
    thin = np.unique(np.linspace(0, len(last) - 1, min(len(last), POINTS - 1)).round().astype(np.int64))
    roc = {
        "false_positive_rates": [0.0, *(alarms[thin] / negatives).tolist()],
        "true_positive_rates": [0.0, *(hits[thin] / positives).tolist()],
        "thresholds": [1.0, *score[order][last][thin].tolist()],
    }
    precision = hits[thin] / (hits[thin] + alarms[thin])
    return {
        "roc": roc,
        "precision_recall": {"precisions": precision.tolist(), "recalls": (hits[thin] / positives).tolist()},
        "calibration": _calibration(label, score),
    }


def _calibration(label: Labels, score: Vector) -> dict[str, list[float]]:
    """Return mean score, share of positives and rows for bins of equal width that hold rows."""
    bins = np.minimum((score * _BINS).astype(np.int64), _BINS - 1)
    rows = _sums(bins, np.ones(len(bins)))
    kept = rows > 0
    return {
        "mean_score": ratio(_sums(bins, score), rows)[kept].tolist(),
        "share_positive": ratio(_sums(bins, label.astype(np.float64)), rows)[kept].tolist(),
        "rows": rows[kept].tolist(),
    }


def _sums(bins: NDArray[np.int64], values: Vector) -> Vector:
    """Sum values by bin."""
    return np.bincount(bins, weights=values, minlength=_BINS).astype(np.float64)
