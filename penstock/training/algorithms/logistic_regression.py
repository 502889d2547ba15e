"""Logistic regression by scikit-learn, kept as plain coefficients: it is served with NumPy alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from penstock.errors import InvalidSpec
from penstock.training.algorithms import Matrix, Output, Vector, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

scaled = True
FILE = "linear.json"


@dataclass(frozen=True)
class Linear:
    """Intercept, coefficients, and the training mean of each column (what SHAP values are relative to)."""

    intercept: float
    coefficients: Vector
    means: Vector
    scaled: ClassVar[bool] = True
    output: ClassVar[Output] = "log_odds"

    def scores(self, matrix: Matrix) -> Vector:
        """Return the probability of the positive class."""
        return sigmoid(matrix.astype(np.float64) @ self.coefficients + self.intercept)

    def contributions(self, matrix: Matrix) -> tuple[Vector, float]:
        """Coefficient times distance from the training mean: exact for a linear model."""
        return (matrix - self.means) * self.coefficients, float(
            self.means @ self.coefficients + self.intercept
        )

    def save(self, folder: Path) -> None:
        """Write the numbers as JSON."""
        document = {
            "intercept": self.intercept,
            "coefficients": self.coefficients.tolist(),
            "means": self.means.tolist(),
        }
        (folder / FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def fit(
    matrix: Matrix, label: NDArray[np.bool_], *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Linear:
    """Fit scikit-learn's ``LogisticRegression``; hyper-parameters are its own."""
    from sklearn.linear_model import LogisticRegression

    del threads
    exact = matrix.astype(np.float64)
    try:
        model = LogisticRegression(**{"max_iter": 1_000, "random_state": seed, **hyperparameters})
        model.fit(exact, label)
    except (TypeError, ValueError) as error:
        raise InvalidSpec(
            "scikit-learn refused the hyper-parameters.", found=str(hyperparameters), expected=str(error)
        ) from error
    return Linear(intercept=float(model.intercept_[0]), coefficients=model.coef_[0], means=exact.mean(axis=0))


def load(folder: Path, *, threads: int) -> Linear:
    """Read the coefficients."""
    del threads
    document = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return Linear(document["intercept"], np.array(document["coefficients"]), np.array(document["means"]))
