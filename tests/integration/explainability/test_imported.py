"""Models that were made elsewhere are explained by what they answer, in every way that there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import skops.io
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from penstock.explainability import (
    CannotExplain,
    background_of,
    counterfactual,
    explain,
    explain_rows,
    interactions,
    lime,
    partial_dependences,
)
from tests.integration.training.imported.conftest import World

CASES = {
    "binary": GradientBoostingClassifier(n_estimators=10),
    "multiclass": GradientBoostingClassifier(n_estimators=10),
    "regression": GradientBoostingRegressor(n_estimators=20),
    "clustering": KMeans(3, random_state=1, n_init=3),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module", params=CASES)
def model(request, world, tmp_path_factory):
    problem = request.param
    words = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="?"), OneHotEncoder(handle_unknown="ignore")
    )
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = make_column_transformer((numbers, ["amount", "lines"]), (words, ["land"]))
    theirs = make_pipeline(columns, CASES[problem])
    theirs.fit(world.rows.iloc[:300], None if problem == "clustering" else world.answers[problem][:300])
    file = tmp_path_factory.mktemp(problem) / "theirs.skops"
    skops.io.dump(theirs, file)
    return world.bring(file, problem)


def test_every_row_and_column_is_told(model, world):
    table = world.held_out()
    found = explain(model, table, background=background_of(table, model.inputs))
    assert "all sets of columns" in found.method
    assert found.global_shap["disputed"] == 0
    strongest = itertools.islice(found.global_shap, 2)
    assert set(strongest) <= {"amount", "land", "lines"}
    for row in found.rows:
        assert row.base_value + sum(row.shap.values()) == pytest.approx(row.score)


def test_a_single_row_is_told_as_the_model_answers_it(model, world):
    [row] = world.held_out().slice(5, 1).to_pylist()
    usual = background_of(world.held_out(), model.inputs, rows=30)
    [told] = explain_rows(model, [row], background=usual)
    [said] = model.predict([row])
    assert told.score == pytest.approx(said.score)
    assert told.label in (None, str(said.label))
    with pytest.raises(CannotExplain, match="does not tell exact values"):
        explain_rows(model, [row], method="exact")


def test_what_turns_the_answer_is_found_and_true(model, world):
    row = world.held_out().slice(3, 1).to_pylist()[0]
    before = model.predict([row])[0]
    target = (before.score + 1, None) if model.card.problem == "regression" else None
    found = counterfactual(model, row, background=world.held_out(), target=target)
    assert found.found
    after = model.predict([row | {name: one.after for name, one in found.changes.items()}])[0]
    assert after.score == found.score
    assert after.score >= before.score + 1 if target else after.label != before.label


def test_curves_interactions_and_a_local_model(model, world):
    table = world.held_out()
    curves = partial_dependences(model, table, values=6, rows=20)
    assert {one.axes[0].column for one in curves} == set(model.inputs)
    assert curves[-1].axes[0].column == "disputed"
    assert curves[-1].span == pytest.approx(0)
    assert all("disputed" not in pair.columns for pair in interactions(model, table, rows=15))
    local = lime(model, table.slice(2, 1).to_pylist()[0], background=table, samples=400)
    assert np.isfinite(local.r2)
    assert abs(local.effects["disputed"]) < 0.2 * max(map(abs, local.effects.values()))
