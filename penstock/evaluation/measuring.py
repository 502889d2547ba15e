"""The metrics of each problem, for one sample or for many weighted resamples at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.evaluation import metrics as binary

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from penstock.specs.model import Problem
    from penstock.training.algorithms import Answers, Matrix, Vector

    Weights = NDArray[np.floating[Any]]

_EDGE = 1e-15
_MOST_ROWS = 5_000
"""Rows of which the silhouette is computed; it compares each with each."""

METRICS: dict[Problem, tuple[str, ...]] = {
    "binary": binary.METRICS,
    "multiclass": (
        "accuracy", "macro_f1", "weighted_f1", "weighted_precision", "weighted_recall", "log_loss", "auc",
    ),
    "regression": ("rmse", "mae", "mse", "r2", "median_absolute_error"),
    "clustering": ("silhouette", "davies_bouldin", "calinski_harabasz"),
}  # fmt: skip
"""What is measured of each problem."""
_IN_UNITS = frozenset({
    "rmse", "mae", "mse", "median_absolute_error", "davies_bouldin", "calinski_harabasz"
})  # fmt: skip
LOWER_IS_BETTER = binary.LOWER_IS_BETTER | {
    "rmse", "mae", "mse", "median_absolute_error", "davies_bouldin"
}  # fmt: skip


def measured(answers: Answers, scores: Vector, *, matrix: Matrix | None = None) -> dict[str, float]:
    """Return every metric of a problem.

    Parameters
    ----------
    answers
        The true ones.
    scores
        As a model predicts them.
    matrix
        The encoded rows, which clusterings are measured by.

    Examples
    --------
    >>> from penstock.training.algorithms import Answers
    >>> found = measured(Answers("regression", np.array([1.0, 2.0, 3.0])), np.array([1.0, 2.0, 5.0]))
    >>> round(found["rmse"], 3), round(found["mae"], 3), found["r2"]
    (1.155, 0.667, -1.0)
    """
    once = np.ones((1, len(answers)))
    return {
        name: float(values[0])
        for name, values in measured_often(answers, scores, once, matrix=matrix).items()
    }


def tolerated(metric: str, tolerance: float, reference: float) -> float:
    """Return how much a metric may differ from a reference.

    A tolerance of a metric between 0 and 1 is a difference; of one that has a unit, as an error has that of
    the target, it is a share of the reference.

    Examples
    --------
    >>> tolerated("auc", 0.05, 0.8), tolerated("rmse", 0.05, 60.0)
    (0.05, 3.0)
    """
    return tolerance * abs(reference) if metric in _IN_UNITS else tolerance


def measured_often(
    answers: Answers, scores: Vector, weights: Weights, *, matrix: Matrix | None = None
) -> dict[str, Vector]:
    """Return every metric of a problem for each line of ``weights`` (resamples by rows).

    Of a clustering, the silhouette alone follows the weights: of each row it is computed once.
    """
    if answers.problem == "clustering":
        return _clustering(scores, weights, matrix)
    return _MEASURES[answers.problem](answers, scores, weights)


def _binary(answers: Answers, scores: Vector, weights: Weights) -> dict[str, Vector]:
    return binary.weighted_metrics(answers.values, scores, weights)


def _regression(answers: Answers, scores: Vector, weights: Weights) -> dict[str, Vector]:
    """Return losses and the share of variance that is explained."""
    truth, error = answers.values, scores - answers.values
    total = weights.sum(axis=1).astype(np.float64)
    # Moved by the mean, so that large values do not drown their spread.
    moved = truth - truth.mean()
    columns = np.column_stack([error**2, np.abs(error), moved, moved**2])
    squared, absolute, first, second = (weights.astype(np.float64) @ columns).T / total
    spread = second - first**2
    return {
        "rmse": np.sqrt(squared),
        "mae": absolute,
        "mse": squared,
        "r2": np.where(spread > 0, 1.0 - squared / np.where(spread > 0, spread, 1.0), 0.0),
        "median_absolute_error": _median(np.abs(error), weights),
    }


def _median(values: Vector, weights: Weights) -> Vector:
    """Return the weighted median for each line of weights; the mean of two that are in the middle."""
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weights[:, order], axis=1, dtype=np.float64)
    half, last = passed[:, -1:] / 2, len(values) - 1
    low, high = (passed < half).sum(axis=1), (passed <= half).sum(axis=1)
    ordered = values[order]
    return np.asarray((ordered[low] + ordered[np.minimum(high, last)]) / 2, dtype=np.float64)


def _multiclass(answers: Answers, scores: Vector, weights: Weights) -> dict[str, Vector]:
    """Return metrics over classes; rows of a class that training did not have count as wrong."""
    truth, said, classes = answers.values, scores.argmax(axis=1), np.arange(len(answers.classes))
    weighed = weights.astype(np.float64)
    real, claimed = ((side[:, None] == classes).astype(np.float64) for side in (truth, said))
    hits, rows, claims = weighed @ (real * claimed), weighed @ real, weighed @ claimed
    precision, recall = binary.ratio(hits, claims), binary.ratio(hits, rows)
    f1 = binary.ratio(2 * precision * recall, precision + recall)
    total, there = weighed.sum(axis=1), rows > 0
    share = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-300)
    own = np.where(truth >= 0, scores[np.arange(len(truth)), np.maximum(truth, 0)], 0.0)
    return {
        "accuracy": hits.sum(axis=1) / total,
        "macro_f1": binary.ratio((f1 * there).sum(axis=1), there.sum(axis=1).astype(np.float64)),
        "weighted_f1": (share * f1).sum(axis=1),
        "weighted_precision": (share * precision).sum(axis=1),
        "weighted_recall": (share * recall).sum(axis=1),
        "log_loss": weighed @ -np.log(np.clip(own, _EDGE, 1.0)) / total,
        "auc": _one_against_rest(truth, scores, weights, share),
    }


def _one_against_rest(truth: NDArray[Any], scores: Vector, weights: Weights, share: Vector) -> Vector:
    """Return the mean of each class's area under the ROC curve against all others, weighted by its rows."""
    areas = [binary.weighted_auc(truth == n, scores[:, n], weights) for n in range(scores.shape[1])]
    stacked = np.stack(areas, axis=1)
    known = ~np.isnan(stacked)
    return binary.ratio((np.where(known, stacked, 0.0) * share).sum(axis=1), (share * known).sum(axis=1))


def _clustering(scores: Vector, weights: Weights, matrix: Matrix | None) -> dict[str, Vector]:
    """Return how well rows are grouped; noise does not count, and one cluster has no structure."""
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples

    chosen = np.flatnonzero(scores.any(axis=1))
    spaced = np.linspace(0, len(chosen) - 1, min(len(chosen), _MOST_ROWS)).round().astype(np.int64)
    chosen = chosen[np.unique(spaced)]
    cluster, lines = scores[chosen].argmax(axis=1), len(weights)
    groups = len(np.unique(cluster))
    if matrix is None or groups < 2 or groups >= len(chosen):  # noqa: PLR2004
        return {"silhouette": np.zeros(lines), "davies_bouldin": np.full(lines, _WORST),
                "calinski_harabasz": np.zeros(lines)}  # fmt: skip
    rows = matrix[chosen].astype(np.float64)
    kept = weights[:, chosen].astype(np.float64)
    return {
        "silhouette": kept @ silhouette_samples(rows, cluster) / np.maximum(kept.sum(axis=1), 1e-300),
        "davies_bouldin": np.full(lines, davies_bouldin_score(rows, cluster)),
        "calinski_harabasz": np.full(lines, calinski_harabasz_score(rows, cluster)),
    }


_WORST = 1e9
"""What Davies and Bouldin's index is called where there are no two clusters; JSON has no infinity."""
_MEASURES: dict[Problem, Callable[[Answers, Vector, Weights], dict[str, Vector]]] = {
    "binary": _binary,
    "multiclass": _multiclass,
    "regression": _regression,
}
