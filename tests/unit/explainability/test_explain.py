"""SHAP values by original column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from penstock.explainability import clarify_analysis, explain
from penstock.explainability.shapley import NotAdditive
from penstock.serving import Predictor
from penstock.specs import Candidate
from penstock.training.algorithms import Answers, algorithm
from penstock.training.algorithms.logistic_regression import Linear
from penstock.training.artefact import read_card, write_card
from penstock.training.fit import InputColumn, fit_preparation

RNG = np.random.default_rng(2)
TABLE = pa.table(
    {"x": RNG.normal(size=300), "word": RNG.choice(["a", "b"], 300), "noise": RNG.normal(size=300)}
)
LABEL = RNG.random(300) < 1 / (1 + np.exp(-3 * TABLE["x"].to_numpy()))
COLUMNS = [InputColumn("x", "decimal"), InputColumn("word", "string"), InputColumn("noise", "decimal")]


def predictor(name, folder):
    preparation, chosen = fit_preparation(TABLE, COLUMNS), algorithm(name)
    matrix = preparation.transform(TABLE, scaled=chosen.scaled)
    model = chosen.fit(matrix, Answers("binary", LABEL), hyperparameters={}, seed=1, threads=1)
    model.save(folder)
    write_card(
        folder, candidate=Candidate(name="c", algorithm=name), preparation=preparation, seed=1, threads=1
    )
    return Predictor.load(folder)


@pytest.mark.parametrize("name", ["prior", "lightgbm", "xgboost"])
def test_values_of_one_hot_columns_are_summed_and_add_up(name, tmp_path):
    explanation = explain(predictor(name, tmp_path), TABLE)
    assert set(explanation.global_shap) == {"x", "word", "noise"}
    for row in explanation.rows:
        assert explanation.base_value + sum(row.shap.values()) == pytest.approx(row.output)
        assert 1 / (1 + np.exp(-row.output)) == pytest.approx(row.score, abs=1e-4)


def test_the_column_that_matters_comes_first(tmp_path):
    assert next(iter(explain(predictor("lightgbm", tmp_path), TABLE).global_shap)) == "x"


def test_rows_span_the_scores(tmp_path):
    explanation = explain(predictor("lightgbm", tmp_path), TABLE, rows=5)
    scores = [row.score for row in explanation.rows]
    assert len(scores) == 5
    assert scores == sorted(scores)


def test_values_that_do_not_add_up_are_refused(tmp_path):
    class Wrong(Linear):
        def contributions(self, matrix):
            values, base = super().contributions(matrix)
            return values, base + 1

    good = predictor("lightgbm", tmp_path)
    names = good.preparation.names
    linear = Wrong(np.array(0.0), np.ones(len(names)), np.zeros(len(names)), "log_odds")
    with pytest.raises(NotAdditive):
        explain(replace(good, model=linear), TABLE)


def test_the_analysis_has_clarifys_shape(tmp_path):
    explanation = explain(predictor("lightgbm", tmp_path), TABLE)
    label0 = clarify_analysis(explanation)["explanations"]["kernel_shap"]["label0"]
    assert label0 == {"global_shap_values": explanation.global_shap, "expected_value": explanation.base_value}
    assert read_card(tmp_path).algorithm == "lightgbm"
