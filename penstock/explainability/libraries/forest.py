"""Penstock's own forests: scikit-learn's trees as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from penstock.explainability.trees import Tree, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.explainability.trees import Ensemble
    from penstock.training.algorithms.random_forest import Forest

    Floats = NDArray[np.floating]
    Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Arrays:
    """A forest of arrays: leaves are their own children and hold shares, the forest their mean."""

    forest: Forest
    explains: ClassVar[bool] = True

    def ensemble(self) -> Ensemble:
        """Return the trees."""
        forest = self.forest
        ends = np.append(forest.roots, len(forest.left)).tolist()
        shares = forest.share.reshape(len(forest.share), -1)
        trees = [
            self._tree(start, stop, share, output)
            for output, share in enumerate(shares.T)
            for start, stop in pairwise(ends)
        ]
        features = int(forest.feature.max(initial=-1)) + 1
        base = np.zeros(shares.shape[1])
        return joined(trees, base=base, features=features, form="at_most", single=True)

    def outputs(self, matrix: Floats) -> Vector:
        """Return the mean share of positives or of each class, or the mean value."""
        found = self.forest.scores(np.asarray(matrix, dtype=np.float32))
        return found.reshape(len(matrix), -1)

    def contributions(self, matrix: Floats) -> tuple[Vector, Vector]:
        """Return LightGBM's values for the same trees."""
        values, base = self.forest.contributions(np.asarray(matrix, dtype=np.float32))
        if values.ndim == 2:  # noqa: PLR2004
            return values[:, :, None], np.atleast_1d(base)
        return values.transpose(0, 2, 1), base

    def _tree(self, start: int, stop: int, share: Vector, output: int) -> Tree:
        """Cut one tree out; its leaves hold its part of the mean."""
        forest, nodes = self.forest, slice(start, stop)
        leaf = forest.left[nodes] == np.arange(start, stop)
        return Tree(
            left=np.where(leaf, -1, forest.left[nodes] - start),
            right=np.where(leaf, -1, forest.right[nodes] - start),
            feature=forest.feature[nodes],
            threshold=forest.threshold[nodes],
            default_left=np.zeros(stop - start, bool),
            value=np.where(leaf, share[nodes] / len(forest.roots), 0.0),
            cover=forest.weight[nodes],
            output=output,
        )


def reader(model: Any, *, threads: int, trees: tuple[int, int] | None) -> Arrays:
    """Read a forest; all of its trees count."""
    del threads, trees
    return Arrays(model)
