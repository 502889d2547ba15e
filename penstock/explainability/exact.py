"""SHAP values that a model tells of itself: of trees, linear models and distances to centres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from penstock.explainability.explanation import EXACT, NotAdditive
from penstock.explainability.mixing import sees_encoded
from penstock.explainability.tree_values import tree_shap
from penstock.training.algorithms import sigmoid
from penstock.training.algorithms.linear import softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Matrix, Vector

_TREES = frozenset({"xgboost", "lightgbm", "random_forest"})
_ENGINES = {"tables": "tables of path patterns", "library": "the library's own code"}
_TOLERANCE = 1e-4
"""Boosters sum in single precision."""
_PANELS, _POINTS = 8, 12
"""How the way from base to output is cut, and the points of Gauss and Legendre's rule in each part."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """SHAP values by raw column: rows by classes by columns (one class unless there are several).

    ``base`` has a value a class; ``error`` is the largest standard error of each row's values,
    ``evaluations`` how many rows the model was asked for.
    """

    values: Vector
    base: Vector
    unit: str
    method: str
    error: Vector
    evaluations: NDArray[np.int64]

    @property
    def totals(self) -> Vector:
        """What base and values add up to: rows by classes."""
        return np.asarray(self.values.sum(axis=2) + self.base)


def tells_itself(predictor: Predictor) -> bool:
    """Say whether a model has exact values of its own: it is prepared and added up by us."""
    return sees_encoded(predictor) and predictor.model.output != "membership"


def exact_contributions(predictor: Predictor, matrix: Matrix, *, threads: int | None = None) -> Contributions:
    """Return the exact values of encoded rows."""
    sources, columns = predictor.preparation.sources, len(predictor.preparation.columns)
    if type(predictor.model).__module__.rpartition(".")[2] in _TREES:
        found = tree_shap(predictor.model, matrix, sources=sources, threads=threads)
        method = f"{EXACT}, by {_ENGINES[found.engine]}"
        if found.fallback is not None:
            method += f" ({found.fallback})"
        values, base = found.values.transpose(0, 2, 1), found.base
    else:
        encoded, base = predictor.model.contributions(matrix)
        values, method = (
            _by_source(encoded.reshape(len(matrix), -1, matrix.shape[1]), sources, columns),
            EXACT,
        )
    none = np.zeros(len(matrix))
    base = np.atleast_1d(base)
    return Contributions(values, base, predictor.model.output, method, none, none.astype(np.int64))


def additivity(found: Contributions, scores: Vector) -> float:
    """Check that base and values add up to the prediction; return the largest error.

    Probabilities are compared as such, values by their size; distances only by the nearest centre.

    Raises
    ------
    NotAdditive
        They do not.
    """
    total, scores = found.totals, scores.reshape(len(scores), -1)
    if found.unit == "distance":
        return float((total.argmax(axis=1) != scores.argmax(axis=1)).any())
    if found.unit == "log_odds":
        total = probabilities(total)
    size = max(1.0, float(np.abs(scores).max(initial=0.0))) if found.unit == "value" else 1.0
    error = float(np.abs(total - scores).max(initial=0.0)) / size
    if not error <= _TOLERANCE:
        raise NotAdditive(
            "SHAP values do not add up to the prediction.",
            found=f"off by {error:.3g}",
            expected=f"at most {_TOLERANCE:.3g}",
        )
    return error


def probabilities(margins: Vector) -> Vector:
    """Return the probabilities of log-odds: of one class by itself, or of several."""
    return np.asarray(sigmoid(margins) if margins.shape[-1] == 1 else softmax(margins), dtype=np.float64)


def in_probability(values: Vector, base: Vector, said: int) -> tuple[Vector, float]:
    """Return what each column adds to a class's probability, and the probability at the base.

    The probability is followed along the straight way from base to output, where each column moves in
    proportion to its value: a column's part is the integral of what it moves there [1]_. Parts add up.

    Parameters
    ----------
    values
        One row's log-odds: classes by columns.
    base
        Of each class.
    said
        The class that is told about.

    Notes
    -----
    .. [1] R. Aumann and L. Shapley, "Values of Non-Atomic Games" (1974); as integrated gradients by
       M. Sundararajan and others (2017).

    Examples
    --------
    >>> parts, start = in_probability(np.array([[2.0, -1.0]]), np.zeros(1), 0)
    >>> parts.round(3).tolist(), start
    ([0.462, -0.231], 0.5)
    """
    start, end = (float(probabilities(at)[said]) for at in (base, base + values.sum(axis=1)))
    chances, weights = _rule()
    way = probabilities(base + chances[:, None] * values.sum(axis=1))
    if len(base) == 1:
        moved = (weights * way[:, 0] * (1 - way[:, 0])).sum() * values[0]
    else:
        slopes = -way * way[:, said, None]
        slopes[:, said] += way[:, said]
        moved = weights @ slopes @ values
    return _completed(np.asarray(moved), end - start), start


def _completed(parts: Vector, total: float) -> Vector:
    """Give what the rule's rounding left over to the parts by their size."""
    size = np.abs(parts).sum()
    return np.asarray(parts + np.abs(parts) / size * (total - parts.sum()) if size else parts)


def _rule() -> tuple[Vector, Vector]:
    """Return points from 0 to 1 and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    starts = np.arange(_PANELS) / _PANELS
    points = (starts[:, None] + (nodes + 1) / 2 / _PANELS).ravel()
    return points, np.tile(weights / 2 / _PANELS, _PANELS)


def _by_source(encoded: Vector, sources: NDArray[np.int64], count: int) -> Vector:
    """Sum the values of matrix columns (the last axis) that came from the same raw column."""
    values = np.zeros((count, *encoded.shape[:-1]))
    np.add.at(values, sources, np.moveaxis(encoded, -1, 0))
    return np.moveaxis(values, 0, -1)
