"""Each algorithm learns what its problem asks, is kept as plain numbers, and is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine

from penstock.evaluation.measuring import measured
from penstock.explainability import tree_shap
from penstock.specs.model import ALGORITHMS
from penstock.training.algorithms import Answers, algorithm

SMALL: dict[str, dict[str, Any]] = {
    "random_forest": {"n_estimators": 20}, "xgboost": {"n_estimators": 20}, "lightgbm": {"n_estimators": 20},
    "kmeans": {"n_clusters": 3}, "gaussian_mixture": {"n_components": 3}, "hdbscan": {},
}  # fmt: skip
LEARNABLE = {
    "multiclass": ("accuracy", 0.9), "regression": ("r2", 0.4), "binary": ("auc", 0.95),
    "clustering": ("silhouette", 0.15),
}  # fmt: skip


def data(problem: str) -> tuple[np.ndarray, Answers]:
    if problem == "regression":
        x, y = load_diabetes(return_X_y=True)
        answers = Answers("regression", y)
    elif problem == "clustering":
        x, _ = load_iris(return_X_y=True)
        answers = Answers("clustering", np.zeros(len(x)))
    else:
        x, y = load_wine(return_X_y=True)
        values = y == 0 if problem == "binary" else y
        answers = Answers(problem, values, ("a", "b", "c") if problem == "multiclass" else ())  # type: ignore[arg-type]
    return ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32), answers


EACH = [(problem, name) for problem, names in ALGORITHMS.items() for name in sorted(names - {"imported"})]


@pytest.mark.parametrize(("problem", "name"), EACH)
def test_an_algorithm_learns_and_is_read_back(problem: str, name: str, tmp_path: Path) -> None:
    matrix, answers = data(problem)
    parameters = SMALL.get(name, {})
    model = algorithm(name).fit(matrix, answers, hyperparameters=parameters, seed=1, threads=1)
    model.save(tmp_path)
    again = algorithm(name).load(tmp_path, threads=1)
    scores = model.scores(matrix)
    assert np.array_equal(scores, again.scores(matrix))
    assert again.output == model.output
    if problem == "multiclass":
        assert scores.shape == (len(matrix), 3)
        np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-5)
    metric, least = LEARNABLE[problem]
    found = measured(answers, scores, matrix=matrix)
    assert (found[metric] >= least) == (name != "prior"), found


@pytest.mark.parametrize("name", ["logistic_regression", "xgboost", "lightgbm", "random_forest"])
def test_contributions_of_each_class_add_up_to_its_score(name: str) -> None:
    matrix, answers = data("multiclass")
    model = algorithm(name).fit(matrix, answers, hyperparameters=SMALL.get(name, {}), seed=1, threads=1)
    values, base = model.contributions(matrix)
    assert values.shape == (len(matrix), 3, matrix.shape[1])
    total = values.sum(axis=2) + base
    if model.output == "log_odds":
        raised = np.exp(total)
        total = raised / raised.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(total, model.scores(matrix), atol=1e-4)


@pytest.mark.parametrize("name", ["linear_regression", "xgboost", "lightgbm", "random_forest"])
def test_contributions_of_a_value_add_up_to_it(name: str) -> None:
    matrix, answers = data("regression")
    model = algorithm(name).fit(matrix, answers, hyperparameters=SMALL.get(name, {}), seed=1, threads=1)
    values, base = model.contributions(matrix)
    np.testing.assert_allclose(values.sum(axis=1) + base, model.scores(matrix), rtol=1e-5)


def test_what_brings_a_row_near_to_a_centre_adds_up_to_the_distance() -> None:
    matrix, answers = data("clustering")
    model = algorithm("kmeans").fit(matrix, answers, hyperparameters={"n_clusters": 3}, seed=1, threads=1)
    values, base = model.contributions(matrix)
    nearest = (values.sum(axis=2) + base).argmax(axis=1)
    assert np.array_equal(nearest, model.scores(matrix).argmax(axis=1))


def test_a_row_far_from_every_cluster_is_noise() -> None:
    matrix, answers = data("clustering")
    model = algorithm("hdbscan").fit(matrix, answers, hyperparameters={}, seed=1, threads=1)
    assert not model.scores(np.full((1, 4), 50.0, dtype=np.float32)).any()


@pytest.mark.parametrize("problem", ["multiclass", "regression", "binary"])
@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "random_forest"])
def test_tables_of_patterns_give_the_librarys_contributions(problem: str, name: str) -> None:
    matrix, answers = data(problem)
    model = algorithm(name).fit(matrix, answers, hyperparameters=SMALL[name], seed=1, threads=1)
    found = tree_shap(model, matrix, engine="tables")
    values, base = model.contributions(matrix)
    assert found.fallback is None
    stacked = values[:, None, :] if values.ndim == 2 else values
    size = max(1.0, float(np.abs(stacked).max()))
    np.testing.assert_allclose(found.values.transpose(0, 2, 1) / size, stacked / size, atol=1e-5)
    np.testing.assert_allclose(found.base / size, np.atleast_1d(base) / size, atol=1e-5)
