"""Trees of every library as one ONNX operator, from the arrays that SHAP values are computed from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto

from penstock.errors import InvalidSpec
from penstock.explainability.libraries import tree_model
from penstock.explainability.trees import LEAF, LIKE_ZERO, ZERO
from penstock.models.portable.graph import ML, Graph, tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.explainability.trees import Ensemble

_MODES = {"at_most": 0, "below": 1}
_SUM = 1


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a node is: among those that compare, or among the leaves."""

    inner: NDArray[np.bool_]
    number: NDArray[np.int64]

    @classmethod
    def of(cls, ensemble: Ensemble) -> _Place:
        """Count both kinds apart."""
        inner = ensemble.left != LEAF
        return cls(inner, np.where(inner, np.cumsum(inner) - 1, np.cumsum(~inner) - 1))


def ensemble_of(model: Any) -> Ensemble:
    """Read a model's trees; a forest's leaves hold whole shares, which are divided by their number later.

    Raises
    ------
    InvalidSpec
        The trees compare with sets of categories.
    """
    found = tree_model(model, threads=1).ensemble()
    if found.categories:
        raise InvalidSpec(
            "Trees that compare with sets of categories are not exported.",
            found=f"{len(found.categories)} such comparisons",
            expected="numbers",
            action="Encode the categories in the preparation, or export to the mlflow format.",
        )
    share = getattr(model, "share", None)
    if share is None:
        return found
    leaf = np.tile(model.left == np.arange(len(model.left)), share.reshape(len(share), -1).shape[1])
    return replace(found, value=np.where(leaf, share.reshape(len(share), -1).T.ravel(), 0.0))


def summed_trees(graph: Graph, matrix: str, ensemble: Ensemble) -> str:
    """Add the trees and return what they add up to, rows by outputs, in double precision.

    All comparisons are exact: a single-precision value is the same in double precision, and so is a
    threshold of either.
    """
    values = graph.cast(matrix, TensorProto.DOUBLE)
    values = _without_zeros(graph, values, ensemble)
    summed = graph.op("TreeEnsemble", values, domain=ML, **_attributes(ensemble))
    if not ensemble.base.any():
        return summed
    return graph.op("Add", summed, graph.constant(ensemble.base))


def _attributes(ensemble: Ensemble) -> dict[str, Any]:
    """Return the attributes of the operator.

    A root that is a leaf gets a comparison whose branches both lead to it: each tree needs one.
    """
    place = _Place.of(ensemble)
    inner, lonely = place.inner, ensemble.roots[~place.inner[ensemble.roots]]
    left = np.concatenate([ensemble.left[inner], lonely])
    right = np.concatenate([ensemble.right[inner], lonely])
    extra = np.zeros(len(lonely))
    roots = place.number[ensemble.roots].copy()
    roots[~inner[ensemble.roots]] = inner.sum() + np.arange(len(lonely))
    outputs = np.repeat(ensemble.output, np.diff(np.append(ensemble.roots, len(ensemble.left))))
    ways_left = np.concatenate([ensemble.default_left[inner], extra])
    return {
        "nodes_splits": tensor(np.concatenate([ensemble.threshold[inner], extra])),
        "nodes_featureids": _listed(np.concatenate([ensemble.feature[inner], extra])),
        "nodes_modes": tensor(np.full(len(left), _MODES[ensemble.form], np.uint8)),
        "nodes_truenodeids": _listed(place.number[left]),
        "nodes_trueleafs": _listed(~inner[left]),
        "nodes_falsenodeids": _listed(place.number[right]),
        "nodes_falseleafs": _listed(~inner[right]),
        "nodes_missing_value_tracks_true": _listed(ways_left),
        "tree_roots": _listed(roots),
        "leaf_targetids": _listed(outputs[~inner]),
        "leaf_weights": tensor(ensemble.value[~inner]),
        "n_targets": len(ensemble.base),
        "aggregate_function": _SUM,
        "post_transform": 0,
    }


def _without_zeros(graph: Graph, values: str, ensemble: Ensemble) -> str:
    """Turn zero into NaN in the columns where LightGBM takes the one for the other."""
    inner = ensemble.left != LEAF
    like = np.unique(ensemble.feature[inner & (ensemble.missing == LIKE_ZERO)])
    if not len(like):
        return values
    chosen = np.zeros((1, ensemble.features), bool)
    chosen[0, like] = True
    near = graph.op("LessOrEqual", graph.op("Abs", values), graph.constant(np.float64(ZERO)))
    lost = graph.op("And", near, graph.constant(chosen))
    return graph.op("Where", lost, graph.constant(np.float64(np.nan)), values)


def _listed(values: NDArray[Any]) -> list[int]:
    """Return whole numbers as an attribute takes them."""
    found: list[int] = values.astype(np.int64).tolist()
    return found
