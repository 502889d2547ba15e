"""Tables give what the boosters and the shap library give, for every kind of tree they grow."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
import shap
import xgboost
from sklearn import ensemble, tree
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder

from penstock.explainability.tree_values import tree_interactions, tree_shap
from penstock.explainability.trees import UnreadableTrees
from penstock.training.algorithms import Answers, algorithm

RNG = np.random.default_rng(1)
ROWS = RNG.normal(size=(500, 8)).astype(np.float32)
ROWS[:, 3], ROWS[:, 4] = RNG.integers(0, 7, 500), RNG.integers(-2, 3, 500)
FULL = ROWS.copy()
ROWS[RNG.random(ROWS.shape) < 0.15] = np.nan
LABEL = (FULL[:, 0] + FULL[:, 1] * FULL[:, 2] + FULL[:, 3] % 2 > 0.5).astype(float)
CLASSES = LABEL + (FULL[:, 3] > 3)
FREE = {"verbosity": -1, "min_data_in_leaf": 2, "min_sum_hessian_in_leaf": 0}
WORDS = ["q"] * 3 + ["c"] + ["q"] * 4


def agree(model, rows, **options):
    """Compare tables with the library's own code, and return what tables gave."""
    ours, theirs = (tree_shap(model, rows, engine=engine, **options) for engine in ("tables", "library"))
    assert (ours.engine, ours.fallback) == ("tables", None)
    scale = max(1.0, np.abs(theirs.values).max())
    assert np.abs(ours.values - theirs.values).max() < 1e-5 * scale
    assert np.abs(ours.base - theirs.base).max() < 1e-5 * scale
    return ours


def boosted(parameters, *, label=LABEL, rounds=12, **data):
    return xgboost.train({"nthread": 2, **parameters}, xgboost.DMatrix(ROWS, label, **data), rounds)


def leafwise(parameters, *, rows=ROWS, label=LABEL, rounds=12, **data):
    return lightgbm.train(FREE | parameters, lightgbm.Dataset(rows, label, **data), rounds)


@pytest.mark.parametrize("depth", range(1, 11))
def test_xgboosts_trees_of_any_depth(depth):
    model = boosted({"max_depth": depth, "objective": "binary:logistic", "min_child_weight": 0})
    explained = agree(model, ROWS)
    margin = model.predict(xgboost.DMatrix(ROWS), output_margin=True)
    assert explained.values.sum(axis=1)[:, 0] + explained.base == pytest.approx(margin, abs=1e-5)


@pytest.mark.parametrize(
    "parameters",
    [
        {"objective": "multi:softprob", "num_class": 3},
        {"objective": "count:poisson"},
        {"objective": "reg:tweedie"},
        {"objective": "binary:logistic", "base_score": 0.9},
        {"booster": "dart", "rate_drop": 0.5},
        {"num_parallel_tree": 3, "subsample": 0.5},
        {"max_depth": 0, "grow_policy": "lossguide", "max_leaves": 80, "min_child_weight": 0},
    ],
    ids=str,
)
def test_xgboosts_kinds_of_boosting(parameters):
    label = LABEL if "logistic" in parameters.get("objective", "") else CLASSES
    agree(boosted(parameters, label=label), ROWS)


@pytest.mark.parametrize("one_hot", [1, 100], ids=["sets", "one against the rest"])
def test_xgboosts_categories(one_hot):
    model = boosted({"max_cat_to_onehot": one_hot}, feature_types=WORDS, enable_categorical=True)
    rows = ROWS.copy()
    rows[:5, 3] = 40
    agree(model, rows)


def test_numbers_on_a_threshold_go_as_xgboost_says():
    rows = np.repeat(np.array([0.1, 0.2, 0.3], np.float32), 20)[:, None]
    model = xgboost.train({"max_depth": 2}, xgboost.DMatrix(rows, rows[:, 0] > 0.15), 5)
    exact = np.array([[float(np.float32(0.2))], [0.2], [float(np.nextafter(np.float32(0.2), np.float32(0)))]])
    agree(model, exact)


def test_infinities_are_numbers_like_others():
    model, rows = boosted({"max_depth": 4}), FULL.copy()
    rows[0, 0], rows[1, 1] = np.inf, -np.inf
    near = np.clip(rows, -1e30, 1e30)
    explained = tree_shap(model, rows, engine="tables")
    assert explained.fallback is None
    assert np.array_equal(explained.values, tree_shap(model, near, engine="tables").values)


def test_training_that_stopped_early_is_explained_up_to_the_best_iteration():
    options = {"n_estimators": 60, "early_stopping_rounds": 2, "random_state": 0}
    model = xgboost.XGBClassifier(**options).fit(
        ROWS, LABEL, eval_set=[(ROWS[::-1] + 1, LABEL)], verbose=False
    )
    assert model.best_iteration < 50
    explained = agree(model, ROWS)
    best = agree(model.get_booster(), ROWS, trees=(0, model.best_iteration + 1))
    assert np.array_equal(explained.values, best.values)
    assert not np.array_equal(agree(model.get_booster(), ROWS).values, best.values)


@pytest.mark.parametrize("leaves", [2, 3, 8, 31, 63])
def test_lightgbms_trees_of_any_size(leaves):
    agree(leafwise({"objective": "binary", "num_leaves": leaves}), ROWS)


@pytest.mark.parametrize(
    "parameters",
    [
        {"objective": "multiclass", "num_class": 3},
        {"objective": "poisson"},
        {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
        {"boosting": "dart"},
        {"zero_as_missing": True},
        {"use_missing": False},
    ],
    ids=str,
)
def test_lightgbms_kinds_of_boosting(parameters):
    agree(leafwise({"num_leaves": 15} | parameters, label=CLASSES, params=parameters), ROWS)


def test_lightgbms_categories():
    options = {"min_data_per_group": 1, "cat_smooth": 0, "max_cat_to_onehot": 1}
    rows = ROWS.copy()
    rows[:6, 3] = [40, -1, -0.5, 2.7, 1e9, np.nan]
    agree(leafwise(options, categorical_feature=[3]), rows)


def test_lightgbm_in_double_precision_and_with_numbers_missing_only_later():
    model = leafwise({}, rows=FULL.astype(np.float64))
    agree(model, FULL.astype(np.float64))
    agree(model, ROWS.astype(np.float64))


def test_lightgbm_without_a_single_split():
    agree(leafwise({"objective": "binary"}, label=np.ones(len(ROWS))), ROWS)


def test_a_path_of_many_columns_needs_no_fallback():
    wide = np.random.default_rng(2).normal(size=(600, 40)).astype(np.float32)
    model = leafwise({"num_leaves": 63}, rows=wide, label=(wide > 1).sum(axis=1) + wide[:, 0], rounds=4)
    agree(model, wide)


@pytest.mark.parametrize("hyperparameters", [{"max_depth": 1}, {"max_depth": 4}, {}], ids=str)
@pytest.mark.parametrize("name", ["random_forest", "xgboost", "lightgbm"])
def test_penstocks_own_models(name, hyperparameters):
    quiet = {"verbosity": -1} if name == "lightgbm" else {}
    parameters = {"n_estimators": 10, **hyperparameters, **quiet}
    model = algorithm(name).fit(
        FULL, Answers("binary", LABEL > 0), hyperparameters=parameters, seed=1, threads=2
    )
    values, base = agree(model, FULL).single
    theirs, their_base = model.contributions(FULL)
    assert np.abs(values - theirs).max() < 1e-5
    assert base == pytest.approx(their_base, abs=1e-5)


@pytest.mark.parametrize(
    ("estimator", "rows", "label"),
    [
        (tree.DecisionTreeRegressor(max_depth=6), FULL, LABEL),
        (ensemble.RandomForestClassifier(8, max_depth=5), ROWS, LABEL),
        (ensemble.RandomForestClassifier(8), FULL, CLASSES),
        (ensemble.ExtraTreesRegressor(8, max_depth=12), FULL, LABEL),
        (ensemble.GradientBoostingClassifier(n_estimators=10), FULL, LABEL),
        (ensemble.GradientBoostingRegressor(n_estimators=10, learning_rate=0.3), FULL, LABEL),
    ],
    ids=lambda value: type(value).__name__,
)
def test_scikit_learns_trees_are_explained_as_by_the_shap_library(estimator, rows, label):
    estimator.fit(rows, label)
    explained, explainer = tree_shap(estimator, rows), shap.TreeExplainer(estimator)
    assert explained.engine == "tables"
    expected = np.asarray(explainer.shap_values(rows)).reshape(explained.values.shape)
    assert np.abs(explained.values - expected).max() < 1e-9
    assert explained.base == pytest.approx(np.ravel(explainer.expected_value))


@pytest.mark.parametrize("booster", ["gbtree", "leafwise"])
def test_boosters_are_explained_as_by_the_shap_library(booster):
    model = boosted({"max_depth": 6}) if booster == "gbtree" else leafwise({})
    explained, explainer = tree_shap(model, ROWS), shap.TreeExplainer(model)
    assert np.abs(explained.single[0] - explainer.shap_values(ROWS)).max() < 1e-5
    assert explained.single[1] == pytest.approx(float(np.ravel(explainer.expected_value)[0]), abs=1e-5)


def test_one_hot_columns_are_summed_to_what_they_encode():
    encoder = OneHotEncoder(sparse_output=False).fit(FULL[:, 3:5])
    encoded = np.hstack([FULL[:, :3], encoder.transform(FULL[:, 3:5])]).astype(np.float32)
    sources = np.repeat([0, 1, 2, 3, 4], [1, 1, 1, *(len(levels) for levels in encoder.categories_)])
    model = xgboost.train({}, xgboost.DMatrix(encoded, LABEL), 10)
    agree(model, encoded, sources=sources)


def test_a_booster_of_lines_is_explained_by_its_library():
    model = xgboost.train({"booster": "gblinear"}, xgboost.DMatrix(FULL, LABEL), 5)
    explained = tree_shap(model, FULL)
    assert explained.engine == "library"
    assert "gblinear" in explained.fallback


def test_leaves_that_hold_lines_cannot_be_explained():
    with pytest.raises(UnreadableTrees, match="linear"):
        tree_shap(leafwise({"linear_tree": True}), ROWS)


@pytest.mark.parametrize(
    "estimator", [ensemble.GradientBoostingClassifier(init=LogisticRegression()), LogisticRegression()]
)
def test_other_models_of_scikit_learn_are_refused(estimator):
    with pytest.raises(UnreadableTrees):
        tree_shap(estimator.fit(FULL, LABEL), FULL)


@pytest.mark.parametrize("grow", ["xgboost", "lightgbm", "forest"])
def test_interactions_are_those_of_the_shap_library(grow):
    model = {
        "xgboost": lambda: boosted({"max_depth": 5, "min_child_weight": 0}),
        "lightgbm": lambda: leafwise({"num_leaves": 31}, rows=FULL),
        "forest": lambda: ensemble.RandomForestRegressor(5, random_state=0).fit(FULL, LABEL),
    }[grow]()
    rows = ROWS[:60] if grow == "xgboost" else FULL[:60]
    found = tree_interactions(model, rows).values[..., 0]
    expected = shap.TreeExplainer(model).shap_interaction_values(rows)
    assert np.abs(found - expected).max() < 1e-5
    assert found.sum(axis=2) == pytest.approx(tree_shap(model, rows, engine="tables").single[0])


def test_interactions_within_one_original_column_are_its_own():
    model, sources = boosted({"max_depth": 5}), np.array([0, 0, 1, 1, 1, 2, 3, 3])
    apart = tree_interactions(model, ROWS[:40]).values[..., 0]
    expected = np.zeros((40, 4, 4))
    for one, first in enumerate(sources):
        for other, second in enumerate(sources):
            expected[:, first, second] += apart[:, one, other]
    assert tree_interactions(model, ROWS[:40], sources=sources).values[..., 0] == pytest.approx(expected)


def test_interactions_of_lines_are_refused():
    with pytest.raises(UnreadableTrees, match="gblinear"):
        tree_interactions(xgboost.train({"booster": "gblinear"}, xgboost.DMatrix(FULL, LABEL), 5), FULL)
