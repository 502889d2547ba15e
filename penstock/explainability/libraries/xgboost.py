"""XGBoost's trees, read from the JSON form that it writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xgboost

from penstock.explainability.trees import Tree, UnreadableTrees, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.explainability.trees import Ensemble

    Floats = NDArray[np.floating]
    Vector = NDArray[np.float64]

_LOG_ODDS = ("binary:logistic", "binary:logitraw", "reg:logistic")
_LOG = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")


@dataclass(frozen=True)
class Booster:
    """A booster and the iterations that count; none are all."""

    booster: xgboost.Booster
    threads: int
    trees: tuple[int, int]
    explains: ClassVar[bool] = True

    def ensemble(self) -> Ensemble:
        """Return the trees."""
        learner = json.loads(self.booster.save_raw("json").decode("utf-8"))["learner"]
        model, weights = _grown(learner["gradient_booster"])
        start, stop = (model["iteration_indptr"][n] for n in self._range(len(model["iteration_indptr"]) - 1))
        trees = [
            _tree(tree, output, weight)
            for tree, output, weight in zip(
                model["trees"][start:stop], model["tree_info"][start:stop], weights[start:stop], strict=True
            )
        ]
        features = int(learner["learner_model_param"]["num_feature"])
        return joined(trees, base=_base(learner), features=features, form="below", single=True)

    def outputs(self, matrix: Floats) -> Vector:
        """Return margins. Only the prediction in place takes infinities."""
        if np.isinf(matrix).any():
            margin = self.booster.inplace_predict(matrix, iteration_range=self.trees, predict_type="margin")
        else:
            margin = self.booster.predict(self._data(matrix), output_margin=True, iteration_range=self.trees)
        return np.asarray(margin, dtype=np.float64).reshape(len(matrix), -1)

    def contributions(self, matrix: Floats) -> tuple[Vector, Vector]:
        """Return XGBoost's own values."""
        found = self.booster.predict(
            self._data(matrix), pred_contribs=True, strict_shape=True, iteration_range=self.trees
        )
        values = np.asarray(found, dtype=np.float64).transpose(0, 2, 1)
        return values[:, :-1], values[0, -1] if len(values) else np.zeros(values.shape[2])

    def _range(self, iterations: int) -> tuple[int, int]:
        """Return the first iteration and the one after the last."""
        return self.trees if self.trees[1] else (0, iterations)

    def _data(self, matrix: Floats) -> xgboost.DMatrix:
        """Hand the rows over under the names and types that the booster knows."""
        names, types = self.booster.feature_names, self.booster.feature_types
        categorical = types is not None and "c" in types
        return xgboost.DMatrix(
            matrix,
            feature_names=names,
            feature_types=types,
            nthread=self.threads,
            enable_categorical=categorical,
        )


def reader(model: Any, *, threads: int, trees: tuple[int, int] | None) -> Booster:
    """Read a booster, or the scikit-learn interface (which stops where training stopped early)."""
    if isinstance(model, xgboost.Booster):
        return Booster(model, threads, trees or (0, 0))
    best = getattr(model, "best_iteration", None) if getattr(model, "early_stopping_rounds", None) else None
    return Booster(model.get_booster(), threads, trees or ((0, best + 1) if best is not None else (0, 0)))


def _grown(booster: dict[str, Any]) -> tuple[dict[str, Any], list[float]]:
    """Return the trees' part of the document, and what each tree's values are multiplied by."""
    if booster["name"] == "dart":
        return booster["gbtree"]["model"], booster["weight_drop"]
    if booster["name"] != "gbtree":
        raise UnreadableTrees("The booster has no trees.", found=booster["name"], expected="gbtree or dart")
    return booster["model"], [1.0] * len(booster["model"]["trees"])


def _tree(tree: dict[str, Any], output: int, weight: float) -> Tree:
    """Read one tree; where a set of categories goes right, the branches change sides."""
    if tree["tree_param"]["size_leaf_vector"] not in ("0", "1"):
        raise UnreadableTrees(
            "A leaf holds a vector.", found="multi_output_tree", expected="one output a tree"
        )
    left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
    default_left = np.array(tree["default_left"], dtype=bool)
    conditions = np.array(tree["split_conditions"], dtype=np.float32).astype(np.float64)
    sets = _categories(tree)
    swapped = np.isin(np.arange(len(left)), list(sets))
    return Tree(
        left=np.where(swapped, right, left),
        right=np.where(swapped, left, right),
        feature=np.array(tree["split_indices"]),
        threshold=conditions,
        default_left=default_left ^ swapped,
        value=np.where(left < 0, conditions * weight, 0.0),
        cover=np.array(tree["sum_hessian"], dtype=np.float64),
        output=output,
        categories=sets,
    )


def _categories(tree: dict[str, Any]) -> dict[int, NDArray[np.int64]]:
    """Return the set of each node that has one."""
    codes = np.array(tree["categories"], dtype=np.int64)
    parts = zip(tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True)
    return {node: codes[start : start + size] for node, start, size in parts}


def _base(learner: dict[str, Any]) -> Vector:
    """Return the base score of each output, as a margin."""
    parameters, objective = learner["learner_model_param"], learner["objective"]["name"]
    outputs = max(1, int(parameters["num_class"]), int(parameters["num_target"]))
    score = np.array(parameters["base_score"].strip("[]").split(","), dtype=np.float64)
    if objective in _LOG_ODDS:
        score = np.log(score / (1.0 - score))
    elif objective in _LOG:
        score = np.log(score)
    return np.broadcast_to(score, outputs).copy()
