"""A random forest by scikit-learn, kept as plain arrays: no pickle, and served with NumPy alone.

scikit-learn answers one row in some ten milliseconds, because it is made for batches; walking all
trees at once with NumPy takes a fraction of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from penstock.errors import InvalidSpec
from penstock.training.algorithms import Answers, Matrix, Output, Vector, split_base
from penstock.training.algorithms.lightgbm_text import BinaryTree, lightgbm_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

scaled = False
FILE = "forest.npz"
_CELLS = 4_000_000
"""Rows times trees that are walked at once."""


@dataclass(frozen=True)
class Forest:
    """All trees' nodes, end to end; a leaf is its own child.

    ``weight`` is the number of training rows in a node; ``share`` their share of positives or their mean, or
    their share of each class (nodes by classes).
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Vector
    share: Vector
    weight: Vector
    roots: NDArray[np.int32]
    depth: NDArray[np.int32]
    is_regression: NDArray[np.bool_] = field(default_factory=lambda: np.array([False]))
    scaled: ClassVar[bool] = False

    @property
    def output(self) -> Output:
        """The unit in which contributions add up."""
        return "value" if self.is_regression[0] else "probability"

    def scores(self, matrix: Matrix) -> Vector:
        """Return the mean over the leaves that a row falls in."""
        step = max(1, _CELLS // len(self.roots))
        blocks = [self._walk(matrix[start : start + step]) for start in range(0, len(matrix), step)]
        return np.concatenate(blocks) if blocks else np.zeros((0, *self.share.shape[1:]))

    def contributions(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Return exact path-dependent tree SHAP values, computed by LightGBM on the same trees."""
        columns = matrix.shape[1]
        if columns not in self._boosters:
            shares = self.share.reshape(len(self.share), -1).T
            self._boosters[columns] = [self._booster(share, columns) for share in shares]
        found = [
            split_base(np.asarray(booster.predict(matrix, pred_contrib=True), dtype=np.float64))
            for booster in self._boosters[columns]
        ]
        if self.share.ndim == 1:
            return found[0]
        return np.stack([values for values, _ in found], axis=1), np.array([float(base) for _, base in found])

    @cached_property
    def _boosters(self) -> dict[int, list[Any]]:
        """The same trees for LightGBM by number of columns, a booster a class: made once."""
        return {}

    def _booster(self, share: Vector, columns: int) -> Any:
        import lightgbm

        trees = [self._tree(n, share) for n in range(len(self.roots))]
        return lightgbm.Booster(model_str=lightgbm_text(trees, features=columns))

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        arrays = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        np.savez_compressed(folder / FILE, allow_pickle=False, **arrays)

    def _walk(self, rows: Matrix) -> Vector:
        """Let all rows go down all trees, one level a step."""
        node = np.repeat(self.roots[None, :], len(rows), axis=0)
        line = np.arange(len(rows))[:, None]
        for _ in range(int(self.depth[0])):
            goes_left = rows[line, self.feature[node]] <= self.threshold[node]
            node = np.where(goes_left, self.left[node], self.right[node])
        return cast("Vector", self.share[node].mean(axis=1))

    def _tree(self, number: int, share: Vector) -> BinaryTree:
        """Cut one tree out; its leaves hold its part of the mean."""
        start = int(self.roots[number])
        stop = int(self.roots[number + 1]) if number + 1 < len(self.roots) else len(self.left)
        nodes = slice(start, stop)
        leaf = self.left[nodes] == np.arange(start, stop)
        return BinaryTree(
            left=np.where(leaf, -1, self.left[nodes] - start),
            right=np.where(leaf, -1, self.right[nodes] - start),
            feature=self.feature[nodes],
            threshold=self.threshold[nodes],
            value=share[nodes] / len(self.roots),
            weight=self.weight[nodes],
        )


def fit(
    matrix: Matrix, answers: Answers, *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Forest:
    """Fit scikit-learn's ``RandomForestClassifier`` or ``RandomForestRegressor``; parameters are theirs."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestRegressor if answers.problem == "regression" else RandomForestClassifier
    try:
        model = kind(**{**hyperparameters, "random_state": seed, "n_jobs": threads})
        model.fit(matrix, answers.values, sample_weight=answers.weights)
    except (TypeError, ValueError) as error:
        raise InvalidSpec(
            "scikit-learn refused the hyper-parameters.", found=str(hyperparameters), expected=str(error)
        ) from error
    return _flatten([estimator.tree_ for estimator in model.estimators_], answers)


def load(folder: Path, *, threads: int) -> Forest:
    """Read the arrays; pickled objects are refused by NumPy."""
    del threads
    with np.load(folder / FILE, allow_pickle=False) as arrays:
        return Forest(**{name: arrays[name] for name in arrays.files})


def _flatten(trees: list[Any], answers: Answers) -> Forest:
    """Put scikit-learn's trees end to end."""
    sizes = np.array([tree.node_count for tree in trees])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    offsets = np.repeat(roots, sizes)
    here = np.arange(sizes.sum())

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(tree, name) for tree in trees])

    leaf, values = joined("children_left") < 0, joined("value")[:, 0, :].astype(np.float64)
    column = {"binary": 1, "regression": 0}.get(answers.problem)
    return Forest(
        left=np.where(leaf, here, joined("children_left") + offsets).astype(np.int32),
        right=np.where(leaf, here, joined("children_right") + offsets).astype(np.int32),
        feature=np.where(leaf, 0, joined("feature")).astype(np.int32),
        threshold=joined("threshold").astype(np.float64),
        share=values if column is None else values[:, column],
        weight=joined("weighted_n_node_samples").astype(np.float64),
        roots=roots.astype(np.int32),
        depth=np.array([max(tree.max_depth for tree in trees)], dtype=np.int32),
        is_regression=np.array([answers.problem == "regression"]),
    )
