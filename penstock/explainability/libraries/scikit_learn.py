"""scikit-learn's fitted trees, forests and gradient boosting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from penstock.explainability.trees import Tree, UnreadableTrees, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.explainability.trees import Ensemble

    Floats = NDArray[np.floating]
    Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Estimator:
    """A fitted estimator: a tree, a forest (means), or gradient boosting (a start and weighed trees)."""

    estimator: Any
    explains: ClassVar[bool] = False

    def ensemble(self) -> Ensemble:
        """Return the trees: one copy for each class, where leaves hold several."""
        trees = list(self._boosted() if self._is_boosting else self._averaged())
        features, outputs = int(self.estimator.n_features_in_), 1 + max(tree.output for tree in trees)
        base = self._start(outputs) if self._is_boosting else np.zeros(outputs)
        return joined(trees, base=base, features=features, form="at_most", single=True)

    def outputs(self, matrix: Floats) -> Vector:
        """Return log-odds or predictions for gradient boosting, else shares or means."""
        asked = ("decision_function", "predict") if self._is_boosting else ("predict_proba", "predict")
        name = next(name for name in asked if hasattr(self.estimator, name))
        return np.asarray(getattr(self.estimator, name)(matrix), dtype=np.float64).reshape(len(matrix), -1)

    def contributions(self, matrix: Floats) -> tuple[Vector, Vector]:
        """Refuse: scikit-learn does not explain its trees."""
        raise UnreadableTrees(
            "scikit-learn has no SHAP values of its own.", action="Report the model's parameters."
        )

    @property
    def _is_boosting(self) -> bool:
        return hasattr(self.estimator, "learning_rate") and hasattr(self.estimator, "init_")

    def _averaged(self) -> Iterator[Tree]:
        """Return each tree's part of the mean."""
        grown = getattr(self.estimator, "estimators_", [self.estimator])
        for tree in (one.tree_ for one in grown):
            if tree.n_outputs != 1:
                raise UnreadableTrees(
                    "The trees predict several targets.", found=str(tree.n_outputs), expected="1"
                )
            for output in range(tree.value.shape[2]):
                yield _tree(tree, tree.value[:, 0, output] / len(grown), output)

    def _boosted(self) -> Iterator[Tree]:
        """Return each stage's trees, one a class."""
        for stage in self.estimator.estimators_:
            for output, one in enumerate(stage):
                yield _tree(one.tree_, one.tree_.value[:, 0, 0] * self.estimator.learning_rate, output)

    def _start(self, outputs: int) -> Vector:
        """Return what boosting starts from, which must not depend on the row."""
        start = self.estimator.init_
        if start != "zero" and not type(start).__name__.startswith("Dummy"):
            raise UnreadableTrees(
                "Boosting starts from another model.", found=str(start), expected="a constant"
            )
        row = np.zeros((1, int(self.estimator.n_features_in_)), np.float32)
        grown = np.zeros(outputs)
        for stage in self.estimator.estimators_:
            grown += [self.estimator.learning_rate * float(one.tree_.predict(row)[0, 0]) for one in stage]
        return np.asarray(self.outputs(row)[0] - grown, dtype=np.float64)


def reader(model: Any, *, threads: int, trees: tuple[int, int] | None) -> Estimator:
    """Read a fitted estimator that has scikit-learn's trees."""
    del threads, trees
    grown = getattr(model, "estimators_", [model])
    if not all(hasattr(one, "tree_") for one in np.ravel(np.array(grown, dtype=object))):
        raise UnreadableTrees(
            "The estimator has no trees that can be read.",
            found=type(model).__qualname__,
            expected="a decision tree, a forest, extra trees or gradient boosting",
        )
    return Estimator(model)


def _tree(tree: Any, value: NDArray[Any], output: int) -> Tree:
    """Read one tree; NaN takes the way that training chose."""
    leaf = tree.children_left < 0
    return Tree(
        left=tree.children_left,
        right=tree.children_right,
        feature=np.where(leaf, 0, tree.feature),
        threshold=np.where(leaf, 0.0, tree.threshold),
        default_left=np.asarray(tree.missing_go_to_left, dtype=bool),
        value=np.where(leaf, value, 0.0),
        cover=tree.weighted_n_node_samples,
        output=output,
    )
