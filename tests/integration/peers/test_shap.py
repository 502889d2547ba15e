"""A forest's contributions are those of the shap library."""

from __future__ import annotations

import numpy as np
import pytest
import shap
from sklearn.ensemble import RandomForestClassifier

from penstock.training.algorithms import Answers, algorithm

RNG = np.random.default_rng(3)
X = RNG.normal(size=(600, 6)).astype(np.float32)
Y = RNG.random(600) < 1 / (1 + np.exp(-2 * X[:, 0] - X[:, 1] ** 2 + 1))


@pytest.mark.parametrize("options", [{}, {"class_weight": "balanced"}, {"max_depth": 1}, {"max_depth": None}])
def test_a_forest_is_explained_as_by_the_shap_library(options):
    parameters = {"n_estimators": 15, "max_depth": 4, **options}
    reference = RandomForestClassifier(**parameters, random_state=7).fit(X, Y)
    answers = Answers("binary", Y)
    model = algorithm("random_forest").fit(X, answers, hyperparameters=parameters, seed=7, threads=2)
    values, base = model.contributions(X[:30])
    explainer = shap.TreeExplainer(reference)
    assert np.allclose(values, explainer.shap_values(X[:30])[:, :, 1], atol=1e-4)
    assert base == pytest.approx(explainer.expected_value[1], abs=1e-4)
