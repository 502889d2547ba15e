"""Linear models as plain coefficients: served with NumPy alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from penstock.training.algorithms import Matrix, Output, Vector, sigmoid

FILE = "linear.json"
_NUMBERS = ("intercept", "coefficients", "means")


@dataclass(frozen=True)
class Linear:
    """Intercepts and coefficients, and the training mean of each column (what SHAP values are relative to).

    ``coefficients`` is columns, or classes by columns; ``intercept`` a number, or one a class.
    """

    intercept: Vector
    coefficients: Vector
    means: Vector
    output: Output
    scaled = True

    def scores(self, matrix: Matrix) -> Vector:
        """Return the probability of the positive class or of each one, or the value."""
        margin = matrix.astype(np.float64) @ self.coefficients.T + self.intercept
        if self.output == "value":
            return np.asarray(margin, dtype=np.float64)
        return sigmoid(margin) if self.coefficients.ndim == 1 else softmax(margin)

    def contributions(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Coefficient times distance from the training mean: exact for a linear model."""
        apart = matrix - self.means
        base = self.coefficients @ self.means + self.intercept
        if self.coefficients.ndim == 1:
            return apart * self.coefficients, np.asarray(base)
        return apart[:, None, :] * self.coefficients[None, :, :], base

    def save(self, folder: Path) -> None:
        """Write the numbers as JSON."""
        document = {
            "output": self.output,
            "intercept": self.intercept.tolist(),
            "coefficients": self.coefficients.tolist(),
            "means": self.means.tolist(),
        }
        (folder / FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read_linear(folder: Path) -> Linear:
    """Read the numbers; a file that says no output is of two classes."""
    document = json.loads((folder / FILE).read_text(encoding="utf-8"))
    intercept, coefficients, means = (np.array(document[name]) for name in _NUMBERS)
    return Linear(intercept, coefficients, means, document.get("output", "log_odds"))


def softmax(margin: Vector) -> Vector:
    """Return probabilities a row that add up to one, without overflow.

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0], [1e4, 0.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    raised = np.exp(margin - margin.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float64)
