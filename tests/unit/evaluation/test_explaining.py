"""What an evaluation tells of the chosen model, and what it puts into the package so that others can."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from penstock.evaluation import evaluate_run
from penstock.evaluation.package import add_explanation, unpack
from penstock.explainability import Explainer, read_background, read_meanings
from penstock.explainability.clarify import LOCAL_VALUES
from penstock.serving.predictor import Predictor
from penstock.training.arrow import read_parquet
from penstock.training.artefact import BrokenModel


@pytest.fixture(scope="module")
def told(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    columns = [
        one.model_copy(update={"sensitivity": "personal"}) if one.name == "word" else one
        for one in run.use_case.datasets[0].columns
    ]
    dataset = run.use_case.datasets[0].model_copy(update={"columns": tuple(columns)})
    evaluate_run(
        use_case=run.use_case.model_copy(update={"datasets": (dataset,)}), prepared=run.prepared,
        candidates=run.archives, champion=None, champion_version=None, recent_arrival_id="new",
        output=folder / "evaluation", package=folder / "model.tar.gz",
    )  # fmt: skip
    return folder


def document(told: Path, name: str):
    return json.loads((told / "evaluation" / f"{name}.json").read_text())


def test_the_package_explains_itself(told, tmp_path, run):
    folder = unpack(told / "model.tar.gz", tmp_path / "model")
    predictor, background = Predictor.load(folder), read_background(folder)
    assert background.column_names == ["x", "word"]
    assert background.num_rows == 100
    row = background.slice(0, 1).to_pylist()[0]
    exact, asked = (
        Explainer(predictor, background).explain([row], method=method)[0]
        for method in ("auto", "permutation")
    )
    assert exact.score == pytest.approx(asked.score)
    assert read_meanings(folder).of("x").median == pytest.approx(0, abs=0.1)


def test_what_explains_is_sealed(told, tmp_path):
    folder = unpack(told / "model.tar.gz", tmp_path / "model")
    (folder / "meanings.json").write_text("{}")
    with pytest.raises(BrokenModel):
        Predictor.load(folder)


def test_the_same_model_and_rows_make_the_same_package(run, tmp_path):
    train, seen = read_parquet(run.prepared / "train.parquet"), []
    for name in ("one", "other"):
        folder = unpack(run.archives["good"], tmp_path / name)
        add_explanation(folder, run.use_case, train)
        seen.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert seen[0] == seen[1]


def test_rows_are_told_in_words_and_sensitive_values_are_withheld(told):
    rows = document(told, "explanation")["rows"]
    assert {row["values"]["word"] for row in rows} == {"***"}
    assert all(row["reasons"] for row in rows)
    assert any("x is " in reason for row in rows for reason in row["reasons"])
    assert not any("word is " in reason for row in rows for reason in row["reasons"])
    for row in rows:
        assert row["base_score"] + sum(row["effects"].values()) == pytest.approx(row["score"], abs=1e-4)


def test_counterfactuals_change_no_sensitive_column(told):
    found = document(told, "explanation")["counterfactuals"]
    assert len(found) == 3
    assert any(one["found"] for one in found)
    assert {name for one in found for name in one.get("changes", {})} <= {"x"}


def test_curves_leave_sensitive_columns_out(told):
    found = document(told, "dependence")
    assert found["withheld"] == ["word"]
    assert [axis["column"] for one in found["curves"] for axis in one["axes"]] == ["x"]


def test_values_of_single_rows_are_in_clarifys_layout(told):
    lines = list(csv.reader((told / "evaluation" / LOCAL_VALUES).open()))
    assert lines[0] == ["x_label0", "word_label0"]
    explained = document(told, "explanation")
    assert len(lines) == 1 + explained["rows_explained"]
    values = [float(line[0]) for line in lines[1:]]
    assert sum(map(abs, values)) / len(values) == pytest.approx(explained["global_shap"]["x"])
