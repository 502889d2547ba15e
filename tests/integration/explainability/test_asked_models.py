"""Values of models that are only asked for predictions, compared with the shap library and scikit-learn."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shap
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.inspection import partial_dependence as sklearn_dependence

from penstock.explainability import explain, explain_rows, partial_dependence
from penstock.serving.predictor import Predictor
from penstock.specs import Candidate
from penstock.training.algorithms import Answers, algorithm
from penstock.training.artefact import write_card
from penstock.training.fit import InputColumn, fit_preparation
from tests.unit.explainability.asked import asked

RANDOM = np.random.default_rng(6)
NAMES = tuple(f"x{n}" for n in range(6))
DATA = RANDOM.normal(size=(400, len(NAMES)))
TABLE = pa.table({name: DATA[:, n] for n, name in enumerate(NAMES)})
BACKGROUND, ROWS = TABLE.slice(0, 20), TABLE.slice(100, 3).to_pylist()


@pytest.fixture(scope="module")
def classifier():
    answers = (DATA[:, 0] * DATA[:, 1] + np.sin(3 * DATA[:, 2]) + DATA[:, 3] > 0).astype(int)
    answers += (DATA[:, 4] > 1).astype(int)
    return GradientBoostingClassifier(n_estimators=20, random_state=1).fit(DATA, answers)


@pytest.fixture(scope="module")
def model(classifier):
    return asked(
        lambda *columns: classifier.predict_proba(np.stack(columns, axis=1)),
        dict.fromkeys(NAMES, "decimal"), problem="multiclass", classes=("0", "1", "2"),
    )  # fmt: skip


def values_of(rows):
    return np.array([[row.shap[name] for name in NAMES] for row in rows])


@pytest.fixture(scope="module")
def oracle(classifier):
    explainer = shap.explainers.Exact(classifier.predict_proba, DATA[:20])
    found = explainer(DATA[100:103])
    said = classifier.predict_proba(DATA[100:103]).argmax(axis=1)
    return np.array([found.values[n, :, place] for n, place in enumerate(said)])


@pytest.mark.parametrize("way", ["enumeration", "kernel"])
def test_all_sets_of_columns_give_what_shaps_exact_explainer_gives(model, oracle, way):
    found = values_of(explain_rows(model, ROWS, method=way, background=BACKGROUND))
    np.testing.assert_allclose(found, oracle, atol=1e-9)


def test_the_kernels_fit_is_what_shaps_kernel_explainer_gives(model, classifier):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = shap.KernelExplainer(classifier.predict_proba, DATA[:20])
        values = np.asarray(theirs.shap_values(DATA[100:103], nsamples=10_000, l1_reg=0, silent=True))
    rows = explain_rows(model, ROWS, method="kernel", background=BACKGROUND)
    np.testing.assert_allclose([row.base_value for row in rows], [
        theirs.expected_value[int(row.label)] for row in rows
    ])  # fmt: skip
    expected = [values[n, :, int(row.label)] for n, row in enumerate(rows)]
    np.testing.assert_allclose(values_of(rows), expected, atol=1e-8)


def test_random_orders_come_as_near_as_they_say_and_nearer_than_shaps(model, oracle, classifier):
    rows = explain_rows(model, ROWS, method="permutation", background=BACKGROUND, budget=3_000)
    off = np.abs(values_of(rows) - oracle)
    assert (off.max(axis=1) < 4 * np.array([row.error for row in rows])).all()
    theirs = shap.explainers.Permutation(classifier.predict_proba, DATA[:20], seed=1)
    asked_for = theirs(DATA[100:103], max_evals=13 * 11).values
    said = [int(row.label) for row in rows]
    apart = np.abs(np.array([asked_for[n, :, place] for n, place in enumerate(said)]) - oracle)
    assert off.max() < apart.max()


def test_partial_dependence_is_scikit_learns(model, classifier):
    found = partial_dependence(model, TABLE, "x2", rows=400)
    theirs = sklearn_dependence(
        classifier, DATA, [2], kind="average", method="brute", response_method="predict_proba",
        custom_values={2: np.array(found.axes[0].values)},
    )  # fmt: skip
    np.testing.assert_allclose(np.array(found.mean), theirs["average"], atol=1e-12)


@pytest.mark.parametrize("name", ["kmeans", "gaussian_mixture", "hdbscan"])
def test_every_clustering_is_explained_by_row(tmp_path: Path, name: str):
    apart = np.concatenate([DATA[:200] - 3, DATA[200:] + 3])
    table = pa.table({column: apart[:, n] for n, column in enumerate(NAMES)})
    preparation = fit_preparation(table, [InputColumn(column, "decimal") for column in NAMES])
    chosen = algorithm(name)
    wanted = {"kmeans": {"n_clusters": 2}, "gaussian_mixture": {"n_components": 2}}.get(name, {})
    fitted = chosen.fit(
        preparation.transform(table, scaled=True), Answers("clustering", np.zeros(400)),
        hyperparameters=wanted, seed=1, threads=1,
    )  # fmt: skip
    fitted.save(tmp_path)
    clusters = fitted.scores(preparation.transform(table.slice(0, 1), scaled=True)).shape[1]
    write_card(
        tmp_path, candidate=Candidate(name="c", algorithm=name), preparation=preparation, seed=1, threads=1,
        problem="clustering", classes=tuple(map(str, range(clusters))),
    )  # fmt: skip
    found = explain(Predictor.load(tmp_path), table)
    assert found.rows
    assert set(found.global_shap_by_class) == set(found.base_values) == {"0", "1"}
    for row in found.rows:
        assert row.base_value + sum(row.shap.values()) == pytest.approx(row.output)
    [again] = explain_rows(
        Predictor.load(tmp_path), table.slice(0, 1).to_pylist(), method="permutation",
        background=table.slice(100, 50), budget=5_000,
    )  # fmt: skip
    assert again.base_value + sum(again.shap.values()) == pytest.approx(again.score)
