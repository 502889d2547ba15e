"""A model of each format answers through its imported folder as it did where it was made."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import lightgbm
import numpy as np
import onnx
import pytest
import skops.io
import xgboost
from onnx import TensorProto, helper
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from penstock.training.reproducing import reproduce

from .graphs import OPSETS, onnx_logistic

if TYPE_CHECKING:
    from .conftest import World


def pipeline(last: Any) -> Any:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="?"), OneHotEncoder(handle_unknown="ignore")
    )
    return make_pipeline(
        make_column_transformer(
            (numbers, ["amount", "lines"]), (words, ["land"]), ("passthrough", ["disputed"])
        ),
        last,
    )  # fmt: skip


def fitted(world: World, last: Any, problem: str, answers: Any = None) -> Any:
    known = world.answers[problem] if answers is None else answers
    return pipeline(last).fit(world.rows.iloc[:300], known[:300])


@pytest.mark.parametrize(
    "last", [LogisticRegression(), RandomForestClassifier(9), HistGradientBoostingClassifier()]
)
def test_a_scikit_learn_pipeline_with_texts_and_nulls(world: World, tmp_path: Path, last: Any) -> None:
    theirs, file = fitted(world, last, "binary"), tmp_path / "theirs.skops"
    skops.io.dump(theirs, file)
    ours = world.bring(file)
    expected = theirs.predict_proba(world.rows.iloc[300:])[:, 1]
    np.testing.assert_allclose(ours.scores(world.held_out()), expected, atol=1e-12)
    instances = world.held_out().to_pylist()[:7]
    assert [one.score for one in ours.predict(instances)] == pytest.approx(expected[:7].tolist(), abs=1e-12)
    assert ours.inputs == ("amount", "lines", "disputed", "land")
    assert file.read_bytes() == (tmp_path / "theirs.skops.model" / "imported_model.skops").read_bytes()


@pytest.mark.parametrize("problem", ["multiclass", "regression"])
def test_the_other_problems_of_scikit_learn(world: World, tmp_path: Path, problem: str) -> None:
    last = RandomForestClassifier(9) if problem == "multiclass" else GradientBoostingRegressor(n_estimators=9)
    theirs, file = fitted(world, last, problem), tmp_path / "theirs.skops"
    skops.io.dump(theirs, file)
    method = theirs.predict_proba if problem == "multiclass" else theirs.predict
    np.testing.assert_allclose(
        world.bring(file, problem).scores(world.held_out()), method(world.rows.iloc[300:]), atol=1e-12
    )


def test_a_clustering_gives_memberships(world: World, tmp_path: Path) -> None:
    theirs = pipeline(KMeans(3, random_state=1, n_init=2)).fit(world.rows.iloc[:300])
    skops.io.dump(theirs, tmp_path / "groups.skops")
    ours = world.bring(tmp_path / "groups.skops", "clustering")
    assert (
        ours.scores(world.held_out()).argmax(axis=1).tolist()
        == theirs.predict(world.rows.iloc[300:]).tolist()
    )
    assert ours.card.classes == ("0", "1", "2")


def test_yes_is_the_class_that_a_person_names(world: World, tmp_path: Path) -> None:
    late = np.where(world.answers["binary"], "late", "paid")
    theirs, file = fitted(world, LogisticRegression(), "binary", late), tmp_path / "theirs.skops"
    skops.io.dump(theirs, file)
    ours = world.bring(file, positive="late")
    expected = theirs.predict_proba(world.rows.iloc[300:])[:, list(theirs.classes_).index("late")]
    np.testing.assert_allclose(ours.scores(world.held_out()), expected)


@pytest.mark.parametrize("how", ["pickle", "joblib", "compressed"])
def test_a_pickle_is_rewritten_and_answers_the_same(world: World, tmp_path: Path, how: str) -> None:
    theirs, file = fitted(world, RandomForestClassifier(5), "binary"), tmp_path / "theirs.pkl"
    if how == "pickle":
        file.write_bytes(pickle.dumps(theirs))
    else:
        joblib.dump(theirs, file, compress=3 if how == "compressed" else 0)
    ours = world.bring(file, allow_pickle=True)
    np.testing.assert_allclose(
        ours.scores(world.held_out()), theirs.predict_proba(world.rows.iloc[300:])[:, 1], atol=1e-12
    )
    assert sorted(ours.card.files) == ["imported.json", "imported_model.skops", "preparation.json"]


@pytest.mark.parametrize("suffix", [".json", ".ubj"])
@pytest.mark.parametrize("problem", ["binary", "regression"])
def test_xgboost(world: World, tmp_path: Path, problem: str, suffix: str) -> None:
    kind = xgboost.XGBClassifier if problem == "binary" else xgboost.XGBRegressor
    theirs = kind(n_estimators=9).fit(world.numbers.iloc[:300], world.answers[problem][:300])
    theirs.save_model(tmp_path / f"theirs{suffix}")
    rows = world.numbers.iloc[300:]
    expected = theirs.predict_proba(rows)[:, 1] if problem == "binary" else theirs.predict(rows)
    ours = world.bring(tmp_path / f"theirs{suffix}", problem)
    np.testing.assert_allclose(ours.scores(world.held_out()), expected, rtol=1e-6)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_categories_of_the_boosters(world: World, tmp_path: Path, library: str) -> None:
    rows = world.rows.assign(
        land=world.rows.land.astype("category"), disputed=world.rows.disputed.astype(float)
    )
    known = world.answers["binary"]
    if library == "xgboost":
        theirs = xgboost.XGBClassifier(n_estimators=9, enable_categorical=True).fit(rows[:300], known[:300])
        theirs.save_model(tmp_path / "theirs.json")
    else:
        theirs = lightgbm.LGBMClassifier(n_estimators=9, verbose=-1).fit(rows[:300], known[:300])
        theirs.booster_.save_model(tmp_path / "theirs.json")
    ours = world.bring(tmp_path / "theirs.json")
    np.testing.assert_allclose(
        ours.scores(world.held_out()), theirs.predict_proba(rows[300:])[:, 1], rtol=1e-6
    )
    unseen = {"amount": 9.0, "lines": 2, "disputed": False, "land": "XX"}
    assert ours.predict([unseen])[0].score == ours.predict([{**unseen, "land": None}])[0].score


def test_lightgbm_with_classes_that_a_person_names(world: World, tmp_path: Path) -> None:
    theirs = lightgbm.LGBMClassifier(n_estimators=9, verbose=-1)
    theirs.fit(world.numbers.iloc[:300], world.answers["multiclass"][:300])
    theirs.booster_.save_model(tmp_path / "theirs.txt")
    ours = world.bring(tmp_path / "theirs.txt", "multiclass", classes=("a", "b", "c"))
    np.testing.assert_allclose(ours.scores(world.held_out()), theirs.predict_proba(world.numbers.iloc[300:]))


def test_onnx_of_one_tensor(world: World, tmp_path: Path) -> None:
    onnx.save(onnx_logistic(impute=5.0), tmp_path / "theirs.onnx")
    ours = world.bring(tmp_path / "theirs.onnx", columns=("lines", "amount"))
    rows = world.numbers.iloc[300:]
    odds = 0.3 * rows.lines - 0.1 * rows.amount.fillna(5) - 2
    np.testing.assert_allclose(ours.scores(world.held_out()), 1 / (1 + np.exp(-2 * odds)), rtol=1e-5)
    assert ours.model.facts.made_with["onnx-example"] == "1.0"


def test_onnx_of_one_input_a_column(world: World, tmp_path: Path) -> None:
    nodes = [
        helper.make_node("LabelEncoder", ["land"], ["code"], domain="ai.onnx.ml", keys_strings=["DE", "FR"],
                         values_floats=[1.0, 2.0], default_float=0.0),
        helper.make_node("Cast", ["disputed"], ["doubt"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["code", "doubt"], ["value"]),
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("land", TensorProto.STRING, [None, 1]),
                     helper.make_tensor_value_info("disputed", TensorProto.BOOL, [None, 1])],
        [helper.make_tensor_value_info("value", TensorProto.FLOAT, [None, 1])],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=OPSETS, ir_version=9), tmp_path / "theirs.onnx")
    ours = world.bring(tmp_path / "theirs.onnx", "regression")
    rows = world.rows.iloc[300:]
    assert ours.scores(world.held_out()).tolist() == (
        rows.land.map({"DE": 1.0, "FR": 2.0}).fillna(0) + rows.disputed.astype(float)
    ).tolist()  # fmt: skip


def test_an_import_is_repeated_to_the_byte(world: World, tmp_path: Path) -> None:
    skops.io.dump(fitted(world, LogisticRegression(), "binary"), tmp_path / "theirs.skops")
    world.bring(tmp_path / "theirs.skops")
    again = reproduce(
        prepared=world.folder / "binary", model=tmp_path / "theirs.skops.model",
        imported=tmp_path / "theirs.skops",
    )  # fmt: skip
    assert again.identical
    assert again.files == {"imported.json": True, "imported_model.skops": True, "preparation.json": True}
