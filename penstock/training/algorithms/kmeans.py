"""k-means by scikit-learn, kept as its centres."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from penstock.training.algorithms import Answers, Matrix, Output, Vector
from penstock.training.algorithms.centres import Memberships, fitted, read_arrays, squared_distances

scaled = True


@dataclass(frozen=True)
class Centres(Memberships):
    """Centres of clusters, clusters by columns, the largest cluster first."""

    centres: Vector
    output: ClassVar[Output] = "distance"

    def scores(self, matrix: Matrix) -> Vector:
        """Return memberships that fall with the squared distance and add up to one (Bezdek 1981, m = 2)."""
        near = 1.0 / np.maximum(squared_distances(matrix, self.centres), np.finfo(np.float64).tiny)
        near = near / near.max(axis=1, keepdims=True)
        return np.asarray(near / near.sum(axis=1, keepdims=True), dtype=np.float64)

    def contributions(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Return how much each column brings a row nearer to each centre than the centres are on average.

        They add up to the negative squared distance, which is a sum over columns: Shapley values are exact.
        """
        apart = (matrix.astype(np.float64)[:, None, :] - self.centres[None, :, :]) ** 2
        usual = ((self.centres[None, :, :] - self.centres[:, None, :]) ** 2).mean(axis=1)
        return usual[None, :, :] - apart, -usual.sum(axis=1)


def fit(
    matrix: Matrix, answers: Answers, *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Centres:
    """Fit scikit-learn's ``KMeans``; hyper-parameters are its own."""
    from sklearn.cluster import KMeans

    del answers, threads
    model = fitted(KMeans, {"n_clusters": 8, "n_init": 4, **hyperparameters, "random_state": seed}, matrix)
    sizes = np.bincount(model.labels_, minlength=len(model.cluster_centers_))
    return Centres(np.asarray(model.cluster_centers_)[np.argsort(-sizes, kind="stable")])


def load(folder: Path, *, threads: int) -> Centres:
    """Read the centres."""
    del threads
    return Centres(**read_arrays(folder))
