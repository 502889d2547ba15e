"""HDBSCAN by scikit-learn, kept as points: a new row belongs to the cluster of its nearest one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from penstock.training.algorithms import Answers, Matrix, Vector
from penstock.training.algorithms.centres import Memberships, fitted, read_arrays, squared_distances

scaled = True
_MOST_POINTS = 5_000


@dataclass(frozen=True)
class Density(Memberships):
    """Points, the cluster of each, and how far from a cluster's points its rows may lie."""

    points: Vector
    cluster: Vector
    reach: Vector

    def scores(self, matrix: Matrix) -> Vector:
        """Return 1 for the cluster of the nearest point; a row that is too far from it is noise: all 0."""
        found = np.zeros((len(matrix), len(self.reach)))
        if not len(self.points):
            return found
        distances = squared_distances(matrix, self.points)
        nearest = distances.argmin(axis=1)
        rows = np.arange(len(matrix))
        cluster = self.cluster[nearest].astype(np.int64)
        near = distances[rows, nearest] <= self.reach[cluster] ** 2
        found[rows[near], cluster[near]] = 1.0
        return found


def fit(
    matrix: Matrix, answers: Answers, *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Density:
    """Fit scikit-learn's ``HDBSCAN``; hyper-parameters are its own. It draws nothing at random."""
    from sklearn.cluster import HDBSCAN

    del answers
    usual = {"min_cluster_size": max(5, len(matrix) // 100), "n_jobs": threads, "copy": True}
    labels = np.asarray(fitted(HDBSCAN, {**usual, **hyperparameters}, matrix).labels_)
    sizes = np.bincount(labels[labels >= 0])
    order = np.argsort(-sizes, kind="stable")
    places = np.argsort(order, kind="stable")
    inside = np.flatnonzero(labels >= 0)
    kept = np.sort(np.random.default_rng(seed).permutation(inside)[:_MOST_POINTS])
    cluster = places[labels[kept]] if len(kept) else np.zeros(0)
    points = matrix[kept].astype(np.float64)
    reach = np.array([_reach(points[cluster == number]) for number in range(len(sizes))])
    return Density(points, cluster.astype(np.float64), reach)


def _reach(points: Vector) -> float:
    """Return the largest distance of a cluster's points to their nearest neighbour."""
    if len(points) < 2:  # noqa: PLR2004
        return 0.0
    from sklearn.neighbors import NearestNeighbors

    distances, _ = NearestNeighbors(n_neighbors=2).fit(points).kneighbors(points)
    return float(distances[:, 1].max())


def load(folder: Path, *, threads: int) -> Density:
    """Read the points."""
    del threads
    return Density(**read_arrays(folder))
