"""Every algorithm keeps the same promises."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.errors import InvalidSpec
from penstock.evaluation.metrics import point_metrics
from penstock.training.algorithms import Answers, algorithm, log_odds

NAMES = ("prior", "logistic_regression", "random_forest", "xgboost", "lightgbm")
TREES = {"n_estimators": 20, "max_depth": 4}
RNG = np.random.default_rng(3)
X = RNG.normal(size=(600, 6)).astype(np.float32)
Y = RNG.random(600) < 1 / (1 + np.exp(-2 * X[:, 0] - X[:, 1] ** 2 + 1))


def fit(name, **options):
    trees = TREES if name in ("random_forest", "xgboost", "lightgbm") else {}
    parameters = {"hyperparameters": trees, "seed": 7, "threads": 2} | options
    return algorithm(name).fit(X, Answers("binary", Y), **parameters)


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_model_answers_as_the_fitted_one(name, tmp_path):
    model = fit(name)
    model.save(tmp_path)
    assert np.array_equal(algorithm(name).load(tmp_path, threads=1).scores(X), model.scores(X))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bytes(name, tmp_path):
    files = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        fit(name).save(folder)
        files.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert files[0] == files[1]


@pytest.mark.parametrize("name", NAMES)
def test_contributions_add_up_to_the_output(name):
    model = fit(name)
    values, base = model.contributions(X[:50])
    scores = model.scores(X[:50])
    expected = log_odds(scores) if model.output == "log_odds" else scores
    assert np.allclose(values.sum(axis=1) + base, expected, atol=1e-4)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_model_finds_the_signal(name):
    assert point_metrics(Y, fit(name).scores(X))["auc"] > 0.75


def test_the_forest_of_arrays_is_scikit_learns_forest():
    from sklearn.ensemble import RandomForestClassifier

    reference = RandomForestClassifier(**TREES, random_state=7).fit(X, Y)
    assert np.allclose(fit("random_forest").scores(X), reference.predict_proba(X)[:, 1], atol=1e-12)


@pytest.mark.parametrize("name", ["logistic_regression", "random_forest", "xgboost"])
def test_wrong_hyperparameters_are_refused(name):
    wrong = {"max_depth": -5} if name == "xgboost" else {"no_such": 1}
    with pytest.raises(InvalidSpec, match="refused the hyper-parameters"):
        fit(name, hyperparameters=wrong)
