"""SHAP values by original column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from penstock.explainability import Explainer, Explanation, clarify_analysis, explain, explain_rows
from penstock.explainability.exact import in_probability, probabilities
from penstock.explainability.shapley import NotAdditive
from penstock.serving import Predictor
from penstock.specs import Candidate
from penstock.training.algorithms import Answers, algorithm
from penstock.training.algorithms.logistic_regression import Linear
from penstock.training.artefact import read_card, write_card
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.instances import InvalidInstances

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


def test_effects_are_in_probability_and_add_up_to_the_score(tmp_path):
    for row in explain(predictor("xgboost", tmp_path), TABLE).rows:
        assert row.base_score + sum(row.effects.values()) == pytest.approx(row.score, abs=1e-4)
        assert all(row.effects[name] * value >= 0 for name, value in row.shap.items())


def test_single_rows_are_explained_as_a_table_is(tmp_path):
    model = predictor("lightgbm", tmp_path)
    rows = TABLE.to_pylist()[:3]
    told = Explainer(model).explain(rows)
    expected = explain(model, TABLE.slice(0, 3), rows=3)
    assert sorted(row.score for row in told) == [row.score for row in expected.rows]
    assert [row.row for row in told] == [0, 1, 2]
    assert told[0].shap == pytest.approx(next(one for one in expected.rows if one.row == 0).shap)


def test_an_unseen_word_is_explained(tmp_path):
    [told] = explain_rows(predictor("lightgbm", tmp_path), [{"x": 1.0, "word": "new", "noise": None}])
    assert told.values["word"] == "new"


@pytest.mark.parametrize(
    "row", [{"x": 1.0}, {"x": float("inf"), "word": "a", "noise": 1}, {"x": "1", "word": "a", "noise": 1}]
)
def test_rows_that_the_model_does_not_take_are_refused(tmp_path, row):
    model = predictor("lightgbm", tmp_path)
    for method in ("auto", "permutation"):
        with pytest.raises(InvalidInstances):
            explain_rows(model, [row], method=method, background=TABLE)


def test_every_class_has_its_entry_in_the_analysis():
    row = {"x": 1.0}
    explanation = Explanation(
        output="log_odds", base_value=0.0, base_values={"a": -1.0, "b": 1.0}, rows_explained=1,
        largest_additivity_error=0.0, global_shap=row,
        global_shap_by_class={"a": {"x": 0.5}, "b": {"x": 1.5}}, rows=(),
    )  # fmt: skip
    assert clarify_analysis(explanation)["explanations"]["kernel_shap"] == {
        "label0": {"global_shap_values": {"x": 0.5}, "expected_value": -1.0},
        "label1": {"global_shap_values": {"x": 1.5}, "expected_value": 1.0},
    }


@pytest.mark.parametrize("classes", [1, 3])
def test_the_way_to_a_probability_is_followed_in_full(classes):
    random = np.random.default_rng(classes)
    values, base = random.normal(size=(classes, 4)) * 5, random.normal(size=classes)
    values[:, 2] = 0
    parts, start = in_probability(values, base, 0)
    end = probabilities(base + values.sum(axis=1))[0]
    assert start + parts.sum() == pytest.approx(end)
    assert parts[2] == 0
    steps = np.linspace(0, 1, 4_001)[:, None]
    level = 1e-4 * values

    def at(change):
        return probabilities(base + steps * values.sum(axis=1) + change)[:, 0]

    followed = [np.diff(steps[:, 0]).mean() * (at(one) - at(0))[:-1].sum() / 1e-4 for one in level.T]
    assert parts == pytest.approx(followed, abs=2e-3)
