"""Trees of any origin written as a LightGBM model, to use its exact and fast tree SHAP."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DEFAULT_LEFT = 2
_COUNT_SCALE = 1_000
"""LightGBM keeps whole counts; weights are scaled so that fractions survive."""


@dataclass(frozen=True)
class BinaryTree:
    """A tree's nodes, the root first; a leaf's children are negative.

    Rows go left when their value is at most the threshold. ``weight`` is how much training data
    a node saw.
    """

    left: NDArray[Any]
    right: NDArray[Any]
    feature: NDArray[Any]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]
    weight: NDArray[np.float64]


def lightgbm_text(trees: Sequence[BinaryTree], *, features: int) -> str:
    """Return a LightGBM model file whose raw prediction is the sum of the trees' leaf values."""
    header = [
        "tree",
        "version=v4",
        "num_class=1",
        "num_tree_per_iteration=1",
        "label_index=0",
        f"max_feature_idx={features - 1}",
        "objective=regression",
        "feature_names=" + " ".join(f"f{n}" for n in range(features)),
        "feature_infos=" + " ".join(["[-inf:inf]"] * features),
        "",
    ]
    body = [line for number, tree in enumerate(trees) for line in _tree(number, tree)]
    return "\n".join([*header, *body, "end of trees", "", "parameters:", "end of parameters", ""])


def _tree(number: int, tree: BinaryTree) -> list[str]:
    """Write one tree: LightGBM numbers inner nodes and leaves apart, leaves as complements."""
    leaf = tree.left < 0
    place = np.where(leaf, ~(np.cumsum(leaf) - 1), np.cumsum(~leaf) - 1)
    count = np.maximum(1, np.round(tree.weight * _COUNT_SCALE)).astype(np.int64)
    inner = ~leaf
    entries = {
        "num_leaves": [int(leaf.sum())],
        "num_cat": [0],
        "split_feature": tree.feature[inner],
        "split_gain": np.zeros(inner.sum()),
        "threshold": tree.threshold[inner],
        "decision_type": np.full(inner.sum(), _DEFAULT_LEFT),
        "left_child": place[tree.left[inner]],
        "right_child": place[tree.right[inner]],
        "leaf_value": tree.value[leaf],
        "leaf_weight": count[leaf],
        "leaf_count": count[leaf],
        "internal_value": tree.value[inner],
        "internal_weight": count[inner],
        "internal_count": count[inner],
        "is_linear": [0],
        "shrinkage": [1],
    }
    return [f"Tree={number}", *(f"{name}={_joined(values)}" for name, values in entries.items()), "", ""]


def _joined(values: Iterable[Any]) -> str:
    """Write numbers with all their digits."""
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return " ".join(map(repr, listed))
