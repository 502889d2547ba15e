"""What each algorithm predicts, as nodes of a graph: from the encoded matrix to scores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto

from penstock.errors import InvalidSpec
from penstock.models.portable.trees import ensemble_of, summed_trees

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.models.portable.graph import Graph

    Scoring = Callable[[Graph, str, Any], str]

_XGBOOST = {
    "binary:logistic": "sigmoid",
    "reg:logistic": "sigmoid",
    "multi:softprob": "softmax",
    "reg:squarederror": "",
    "reg:absoluteerror": "",
    "reg:pseudohubererror": "",
    "count:poisson": "exp",
    "reg:gamma": "exp",
    "reg:tweedie": "exp",
}
_LIGHTGBM = {
    "binary": "sigmoid",
    "cross_entropy": "sigmoid",
    "multiclass": "softmax",
    "multiclassova": "sigmoid",
    "regression": "",
    "regression_l1": "",
    "huber": "",
    "fair": "",
    "quantile": "",
    "mape": "",
    "poisson": "exp",
    "gamma": "exp",
    "tweedie": "exp",
}


def scored(graph: Graph, matrix: str, algorithm: str, model: Any) -> str:
    """Add the nodes of a model and return its scores: rows, or rows by classes or clusters.

    Raises
    ------
    InvalidSpec
        The model is of a kind that has no form in ONNX.
    """
    if algorithm not in _SCORING:
        raise InvalidSpec(
            "A model of this kind is not exported to ONNX.",
            found=algorithm,
            expected=", ".join(sorted(_SCORING)),
            action="Export to the mlflow format, which takes every model.",
        )
    return _SCORING[algorithm](graph, matrix, model)


def _prior(graph: Graph, matrix: str, model: Any) -> str:
    """Repeat the same answer for every row."""
    rows = graph.op("Shape", matrix, start=0, end=1)
    shape = graph.op("Concat", rows, graph.constant(np.array([len(model.values)], np.int64)), axis=0)
    answer = graph.op("Expand", graph.constant(np.asarray(model.values, np.float64)[None, :]), shape)
    return graph.flat(answer) if model.problem in ("binary", "regression") else answer


def _linear(graph: Graph, matrix: str, model: Any) -> str:
    """Multiply and add."""
    coefficients = np.asarray(model.coefficients, np.float64)
    single = coefficients.ndim == 1
    weights = np.ascontiguousarray(np.atleast_2d(coefficients).T)
    product = graph.op("MatMul", graph.cast(matrix, TensorProto.DOUBLE), graph.constant(weights))
    margin = graph.op("Add", product, graph.constant(np.asarray(model.intercept, np.float64)))
    margin = graph.flat(margin) if single else margin
    if model.output == "value":
        return margin
    return _sigmoid(graph, margin) if single else graph.op("Softmax", margin, axis=-1)


def _forest(graph: Graph, matrix: str, model: Any) -> str:
    """Return the mean share over the trees."""
    summed = summed_trees(graph, matrix, ensemble_of(model))
    mean = graph.op("Div", summed, graph.constant(np.float64(len(model.roots))))
    return graph.flat(mean) if model.share.ndim == 1 else mean


def _xgboost(graph: Graph, matrix: str, model: Any) -> str:
    """Add up XGBoost's trees."""
    objective = json.loads(model.booster.save_config())["learner"]["objective"]["name"]
    return _transformed(graph, summed_trees(graph, matrix, ensemble_of(model)), _XGBOOST, objective)


def _lightgbm(graph: Graph, matrix: str, model: Any) -> str:
    """Add up LightGBM's trees."""
    header = model.booster.model_to_string(num_iteration=1).split("\n\n", 1)[0].splitlines()
    told = next((line for line in header if line.startswith("objective=")), "objective=")
    name, *said = told.removeprefix("objective=").split()
    if "average_output" in header or "sqrt" in said:
        _refuse(f"{name} with averages or roots", _LIGHTGBM)
    steep = next((float(one.removeprefix("sigmoid:")) for one in said if one.startswith("sigmoid:")), 1.0)
    margin = summed_trees(graph, matrix, ensemble_of(model))
    if steep != 1.0:
        margin = graph.op("Mul", margin, graph.constant(np.float64(steep)))
    return _transformed(graph, margin, _LIGHTGBM, name)


def _kmeans(graph: Graph, matrix: str, model: Any) -> str:
    """Return memberships that fall with the squared distance."""
    rows = graph.op(
        "Unsqueeze", graph.cast(matrix, TensorProto.DOUBLE), graph.constant(np.array([1], np.int64))
    )
    apart = graph.op("Sub", rows, graph.constant(np.asarray(model.centres, np.float64)[None]))
    squared = graph.summed(graph.op("Mul", apart, apart), 2)
    tiny = graph.constant(np.float64(np.finfo(np.float64).tiny))
    near = graph.op("Div", graph.constant(np.float64(1)), graph.op("Max", squared, tiny))
    near = graph.op("Div", near, graph.largest(near, keep=True))
    return graph.op("Div", near, graph.column(graph.summed(near, 1)))


def _mixture(graph: Graph, matrix: str, model: Any) -> str:
    """Return the posterior probability of each component."""
    rows = graph.cast(matrix, TensorProto.DOUBLE)
    found = []
    for weight, mean, factor in zip(model.weights, model.means, model.factors, strict=True):
        white = graph.op(
            "MatMul",
            graph.op("Sub", rows, graph.constant(np.asarray(mean, np.float64))),
            graph.constant(np.ascontiguousarray(factor, np.float64)),
        )
        squared = graph.column(graph.summed(graph.op("Mul", white, white), 1))
        size = np.log(np.diag(factor)).sum() - 0.5 * len(mean) * np.log(2 * np.pi) + np.log(weight)
        half = graph.op("Mul", squared, graph.constant(np.float64(-0.5)))
        found.append(graph.op("Add", half, graph.constant(np.float64(size))))
    return graph.op("Softmax", graph.op("Concat", *found, axis=1), axis=-1)


def _density(graph: Graph, matrix: str, model: Any) -> str:
    """Return 1 for the cluster of the nearest point, if that is near enough.

    The nearest is found by ``|p|² - 2 x·p``, which needs no array of all differences; its distance is then
    computed without that rounding.
    """
    points, clusters = np.asarray(model.points, np.float64), len(model.reach)
    if not len(points):
        _refuse("HDBSCAN that found no cluster", _SCORING)
    rows = graph.cast(matrix, TensorProto.DOUBLE)
    product = graph.op("MatMul", rows, graph.constant(np.ascontiguousarray(-2.0 * points.T)))
    order = graph.op("Add", product, graph.constant((points**2).sum(axis=1)))
    nearest = graph.op("ArgMin", order, axis=1, keepdims=0)
    apart = graph.op("Sub", rows, graph.op("Gather", graph.constant(points), nearest))
    distance = graph.summed(graph.op("Mul", apart, apart), 1)
    cluster = np.asarray(model.cluster).astype(np.int64)
    reach = graph.op("Gather", graph.constant(np.asarray(model.reach, np.float64)[cluster] ** 2), nearest)
    near = graph.cast(graph.op("LessOrEqual", distance, reach), TensorProto.DOUBLE)
    own = graph.op("Gather", graph.constant(np.eye(clusters)[cluster]), nearest)
    return graph.op("Mul", own, graph.column(near))


def _transformed(graph: Graph, margin: str, known: dict[str, str], objective: str) -> str:
    """Turn margins into scores as the objective has it; one output is a row's only score."""
    if objective not in known:
        _refuse(f"objective {objective}", known)
    how = known[objective]
    several = how == "softmax" or objective == "multiclassova"
    if how == "softmax":
        margin = graph.op("Softmax", margin, axis=-1)
    elif how == "sigmoid":
        margin = _sigmoid(graph, margin)
    elif how == "exp":
        margin = graph.op("Exp", margin)
    return margin if several else graph.flat(margin)


def _sigmoid(graph: Graph, margin: str) -> str:
    """Return the probability for log-odds, without overflow."""
    half = graph.constant(np.float64(0.5))
    bent = graph.op("Tanh", graph.op("Mul", margin, half))
    return graph.op("Mul", graph.op("Add", bent, graph.constant(np.float64(1))), half)


def _refuse(found: str, known: dict[str, Any]) -> None:
    """Refuse a model that cannot be written as ONNX."""
    raise InvalidSpec(
        "This model is not exported to ONNX.",
        found=found,
        expected=", ".join(known),
        action="Export to the mlflow format, which takes every model.",
    )


_SCORING: dict[str, Scoring] = {
    "prior": _prior,
    "logistic_regression": _linear,
    "linear_regression": _linear,
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "random_forest": _forest,
    "kmeans": _kmeans,
    "gaussian_mixture": _mixture,
    "hdbscan": _density,
}
