"""A mixture of Gaussians by scikit-learn, kept as its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from penstock.training.algorithms import Answers, Matrix, Vector
from penstock.training.algorithms.centres import Memberships, fitted, read_arrays

scaled = True


@dataclass(frozen=True)
class Mixture(Memberships):
    """Weights, means and inverse Cholesky factors of the covariances, the heaviest component first."""

    weights: Vector
    means: Vector
    factors: Vector

    def scores(self, matrix: Matrix) -> Vector:
        """Return the posterior probability of each component."""
        logs = self.log_densities(matrix) + np.log(self.weights)
        raised = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)

    def log_densities(self, matrix: Matrix) -> Vector:
        """Return the logarithm of each component's density."""
        rows = matrix.astype(np.float64)
        found = []
        for mean, factor in zip(self.means, self.factors, strict=True):
            white = (rows - mean) @ factor
            found.append(np.log(np.diag(factor)).sum() - 0.5 * (white**2).sum(axis=1))
        densities = np.stack(found, axis=1) - 0.5 * rows.shape[1] * np.log(2 * np.pi)
        return np.asarray(densities, dtype=np.float64)


def fit(
    matrix: Matrix, answers: Answers, *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Mixture:
    """Fit scikit-learn's ``GaussianMixture`` with full covariances; hyper-parameters are its own."""
    from sklearn.mixture import GaussianMixture

    del answers, threads
    fixed = {"covariance_type": "full", "random_state": seed}
    model = fitted(
        GaussianMixture, {"n_components": 8, "reg_covar": 1e-4, **hyperparameters, **fixed}, matrix
    )
    order = np.argsort(-model.weights_, kind="stable")
    return Mixture(model.weights_[order], model.means_[order], model.precisions_cholesky_[order])


def load(folder: Path, *, threads: int) -> Mixture:
    """Read the parameters."""
    del threads
    return Mixture(**read_arrays(folder))
