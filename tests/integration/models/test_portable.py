"""A model exported to ONNX or MLflow's format predicts what the model itself predicts, or is not kept."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from penstock.errors import DamagedData, InvalidSpec
from penstock.explainability.libraries import tree_model
from penstock.models.portable import NULL, TOLERANCE, export_model, exporting, feeds, onnx_model
from penstock.models.portable.mlflow_loader import _load_pyfunc
from penstock.serving.predictor import Predictor
from penstock.specs import Candidate
from penstock.specs.preparing import PreparationSpec
from penstock.training import train_candidate
from penstock.training.fit import InputColumn, fit_preparation

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ROWS = 900
TYPES = {"land": "string", "amount": "decimal", "lines": "integer", "disputed": "boolean",
         "tiny": "decimal", "code": "string"}  # fmt: skip
DECLARED = {
    "tiny": {"log": True, "scale": "robust", "clip": [0.01, 0.99]},
    "amount": {"log": True, "clip": [0.01, 0.99], "impute": "mean", "scale": "minmax"},
    "lines": {"impute": "constant", "value": -1, "indicator": True, "scale": "none"},
    "land": {"encode": "ordinal"},
    "code": {"encode": "frequency", "levels": 20, "impute": "most_frequent"},
}
FEW = {"n_estimators": 12}
_TREES = {"xgboost": FEW, "lightgbm": FEW, "random_forest": FEW}
MODELS: dict[str, dict[str, dict[str, Any]]] = {
    "binary": {"prior": {}, "logistic_regression": {}, **_TREES},
    "multiclass": {"prior": {}, "logistic_regression": {}, **_TREES},
    "regression": {"prior": {}, "linear_regression": {}, **_TREES},
    "clustering": {"prior": {}, "kmeans": {}, "gaussian_mixture": {"n_components": 3}, "hdbscan": {}},
}


def raw(rows: int = ROWS) -> dict[str, list[Any]]:
    random = np.random.default_rng(3)

    def gaps(values: list[Any]) -> list[Any]:
        return [
            None if gone else value for value, gone in zip(values, random.random(rows) < 0.1, strict=True)
        ]

    return {
        "land": gaps(random.choice(["DE", "FR", "", "Ö"], rows).tolist()),
        "amount": gaps((random.exponential(100, rows) - 50).tolist()),
        "lines": random.integers(1, 9, rows).tolist(),
        "disputed": gaps((random.random(rows) < 0.2).tolist()),
        "tiny": (random.normal(size=rows) * 1e-9).tolist(),
        "code": gaps([f"k{number}" for number in random.integers(0, 90, rows)]),
    }


def table(problem: str) -> pa.Table:
    columns, random = raw(), np.random.default_rng(4)
    score = np.array([(one or 0) / 40 for one in columns["amount"]]) + random.normal(size=ROWS)
    score += [{"DE": 1.0, "FR": -1.0}.get(one, 0.0) for one in columns["land"]]
    label = {
        "binary": (score > 1).tolist(),
        "multiclass": np.array(["low", "mid", "high"])[np.digitize(score, [-0.5, 1])].tolist(),
        "regression": (score * 100).tolist(),
    }.get(problem)
    return pa.table({**columns, **({"label": label} if label else {})})


Trained = tuple[Path, pa.Table]


def trained(
    folder: Path,
    problem: str,
    algorithm: str,
    parameters: dict[str, Any],
    columns: dict[str, Any] | None = None,
) -> Trained:
    rows = table(problem)
    pq.write_table(rows.slice(0, 600), folder / "train.parquet")
    pq.write_table(rows.slice(600), folder / "validation.parquet")
    spec = PreparationSpec.model_validate({"columns": columns}) if columns else None
    inputs = [InputColumn(name, kind) for name, kind in TYPES.items()]
    fit_preparation(rows.slice(0, 600), inputs, spec, problem).write(folder / "preparation.json")
    train_candidate(
        train=folder / "train.parquet", validation=folder / "validation.parquet",
        preparation=folder / "preparation.json", output=folder / "model", seed=7, problem=problem, threads=1,
        candidate=Candidate(name="c", algorithm=algorithm, hyperparameters=parameters),
    )  # fmt: skip
    return folder / "model", rows


def strange(rows: pa.Table) -> pa.Table:
    """Return rows as no training had them: unseen words, all nulls, numbers far away."""
    far: dict[str, list[Any]] = {
        "land": ["XX", None, "ö"],
        "amount": [1e30, None, -1e30],
        "lines": [-(2**40), None, 0],
        "disputed": [True, None, False],
        "tiny": [5e-324, None, 1.0],
        "code": ["k1 ", None, ""],
    }
    types = {"integer": pa.int64(), "decimal": pa.float64(), "boolean": pa.bool_(), "string": pa.string()}
    ours = pa.table({name: pa.array(values, types[TYPES[name]]) for name, values in far.items()})
    return pa.concat_tables([rows.select(list(TYPES)), ours])


@pytest.mark.parametrize("declared", [None, DECLARED], ids=["usual", "declared"])
@pytest.mark.parametrize(("problem", "algorithm"), [(p, a) for p, found in MODELS.items() for a in found])
def test_onnx_predicts_the_same_from_raw_columns(
    tmp_path: Path, problem: str, algorithm: str, declared: dict[str, Any] | None
) -> None:
    model, rows = trained(tmp_path, problem, algorithm, MODELS[problem][algorithm], declared)
    made = export_model(model, strange(rows), form="onnx", output=tmp_path / "model.onnx")
    found = made.equality["onnx"]
    assert (found.rows, found.labels, found.holds) == (ROWS + 3, 0, True)
    # Only XGBoost adds up in single precision; everything else is the same to the last digits.
    assert found.largest_difference <= (1e-6 if algorithm == "xgboost" else 1e-12)


@pytest.mark.parametrize("algorithm", ["xgboost", "lightgbm", "random_forest"])
def test_values_on_a_threshold_take_the_same_branch(tmp_path: Path, algorithm: str) -> None:
    model, rows = trained(tmp_path, "regression", algorithm, {"n_estimators": 30})
    predictor = Predictor.load(model)
    trees = tree_model(predictor.model, threads=1).ensemble()
    asked = trees.threshold[
        (trees.left >= 0) & (trees.feature == list(predictor.preparation.names).index("amount"))
    ]
    beside = [np.nextafter(np.float32(one), np.float32(way)) for one in asked for way in (-np.inf, np.inf)]
    amount = np.concatenate([asked, asked.astype(np.float32), np.array(beside)]).astype(np.float64)
    one = rows.select(list(TYPES)).slice(0, 1)
    on = pa.concat_tables([one] * len(amount)).set_column(1, "amount", pa.array(amount))
    assert len(np.unique(predictor.scores(on))) > 10
    made = export_model(model, on, form="onnx", output=tmp_path / "model.onnx")
    assert made.equality["onnx"].largest_difference <= 1e-6


def test_zero_is_missing_where_lightgbm_was_told_so(tmp_path: Path) -> None:
    parameters = {**FEW, "zero_as_missing": True, "min_data_in_leaf": 2}
    model, rows = trained(tmp_path, "binary", "lightgbm", parameters)
    graph = onnx_model(Predictor.load(model)).graph
    assert any(node.op_type == "LessOrEqual" for node in graph.node)
    assert export_model(model, rows, form="onnx", output=tmp_path / "m.onnx").equality["onnx"].holds


def test_words_that_a_hash_divides_enter_as_their_buckets(tmp_path: Path) -> None:
    columns = {"land": {"encode": "words", "buckets": 8}, "code": {"encode": "hashed", "buckets": 16}}
    model, rows = trained(tmp_path, "binary", "logistic_regression", {}, columns)
    made = export_model(model, strange(rows), form="onnx", output=tmp_path / "model.onnx")
    assert made.equality["onnx"].holds
    assert "land, code" in made.notes[0]
    inputs = {one.name: one for one in onnx.load(made.path).graph.input}
    assert "penstock-mix64-1" in inputs["code"].doc_string
    assert feeds(Predictor.load(model).preparation, rows)["land"].shape == (ROWS, 9)


def test_the_file_says_what_it_takes_and_is_the_same_again(tmp_path: Path) -> None:
    model, rows = trained(tmp_path, "multiclass", "lightgbm", FEW)
    about = {"use_case": "invoices", "version": "3"}
    first = export_model(model, rows, form="onnx", output=tmp_path / "a.onnx", about=about)
    again = export_model(model, rows, form="onnx", output=tmp_path / "b.onnx", about=about)
    assert first.sha256 == again.sha256
    found = onnx.load(first.path)
    assert [one.name for one in found.graph.input] == list(TYPES)
    assert NULL in {one.name: one.doc_string for one in found.graph.input}["land"]
    told = {one.key: one.value for one in found.metadata_props}
    assert (told["penstock.version"], told["penstock.classes"]) == ("3", "high, low, mid")


def test_an_export_that_predicts_otherwise_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, rows = trained(tmp_path, "binary", "logistic_regression", {})
    good = onnx_model(Predictor.load(model))
    for one in good.graph.initializer:
        values = onnx.numpy_helper.to_array(one)
        if values.dtype == np.float64 and values.ndim == 2:
            one.CopyFrom(onnx.numpy_helper.from_array(values + 10 * TOLERANCE, one.name))
    monkeypatch.setattr(exporting, "onnx_model", lambda *_, **__: good)
    with pytest.raises(DamagedData, match="scores differ by up to"):
        export_model(model, rows, form="onnx", output=tmp_path / "out" / "model.onnx")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("algorithm", "parameters", "why"),
    [
        ("lightgbm", {**FEW, "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "averages"),
        ("xgboost", {**FEW, "objective": "binary:hinge"}, "binary:hinge"),
        (
            "lightgbm",
            {**FEW, "categorical_feature": "0", "min_data_per_group": 5, "cat_smooth": 1.0},
            "comparisons",
        ),
    ],
)
def test_a_model_without_onnx_form_goes_to_mlflow_alone(
    tmp_path: Path, algorithm: str, parameters: dict[str, Any], why: str
) -> None:
    model, rows = trained(tmp_path, "binary", algorithm, parameters, {"land": {"encode": "ordinal"}})
    with pytest.raises(InvalidSpec, match=why) as told:
        export_model(model, rows, form="onnx", output=tmp_path / "model.onnx")
    assert "mlflow" in told.value.action
    made = export_model(model, rows, form="mlflow", output=tmp_path / "mlflow")
    assert list(made.equality) == ["python_function"]
    assert why in made.notes[0]


@pytest.mark.parametrize("problem", list(MODELS))
def test_the_mlflow_directory_is_whole(tmp_path: Path, problem: str) -> None:
    algorithm = list(MODELS[problem])[1]
    model, rows = trained(tmp_path, problem, algorithm, MODELS[problem][algorithm])
    made = export_model(model, rows, form="mlflow", output=tmp_path / "mlflow", about={"version": "1"})
    assert {name: one.holds for name, one in made.equality.items()} == {"python_function": True, "onnx": True}
    told = yaml.safe_load((made.path / "MLmodel").read_text())
    assert set(told["flavors"]) == {"penstock", "python_function", "onnx"}
    for part in (*told["flavors"]["penstock"]["files"], "code/penstock/models/portable/mlflow_loader.py"):
        assert (made.path / part).is_file()
    typed = {one["name"]: one["type"] for one in json.loads(told["signature"]["inputs"])}
    assert typed == {"land": "string", "amount": "double", "lines": "long", "disputed": "boolean",
                     "tiny": "double", "code": "string"}  # fmt: skip
    example = json.loads((made.path / "input_example.json").read_text())
    assert len(example["data"]) == 1
    with pytest.raises(InvalidSpec, match="something already"):
        export_model(model, rows, form="mlflow", output=made.path)


def test_mlflow_loads_it_and_predicts_the_same(tmp_path: Path) -> None:
    from mlflow.models import Model
    from mlflow.pyfunc import load_model

    for problem in MODELS:
        algorithm = list(MODELS[problem])[2]
        folder = tmp_path / problem
        folder.mkdir()
        model, rows = trained(folder, problem, algorithm, MODELS[problem][algorithm])
        made = export_model(model, rows, form="mlflow", output=folder / "mlflow")
        loaded = load_model(str(made.path))
        frame = rows.select(list(TYPES)).to_pandas()
        own = _load_pyfunc(str(model)).predict(frame)
        assert loaded.predict(frame).equals(own)
        best = Predictor.load(model).scores(rows).reshape(ROWS, -1).max(axis=1)
        assert own["score"].to_numpy().tolist() == best.tolist()
        assert len(loaded.predict(Model.load(str(made.path)).load_input_example(str(made.path)))) == 1


def test_a_damaged_directory_is_not_loaded(tmp_path: Path) -> None:
    model, rows = trained(tmp_path, "binary", "logistic_regression", {})
    made = export_model(model, rows, form="mlflow", output=tmp_path / "mlflow")
    (made.path / "model" / "linear.json").write_text("{}")
    with pytest.raises(Exception, match="changed after training"):
        _load_pyfunc(str(made.path / "model"))
    frame = rows.select(["land"]).to_pandas()
    with pytest.raises(InvalidSpec, match="amount"):
        _load_pyfunc(str(model)).predict(frame)


def test_an_imported_model_goes_to_mlflow_alone(tmp_path: Path) -> None:
    import xgboost

    rows = table("regression")
    file, data = tmp_path / "theirs.ubj", rows.select(["lines", "tiny"]).to_pandas()
    label = rows["label"].to_numpy()
    xgboost.train({"max_depth": 2}, xgboost.DMatrix(data, label), num_boost_round=5).save_model(file)
    source = {"format": "xgboost", "file": file.name, "bytes": file.stat().st_size,
              "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}  # fmt: skip
    for part in ("train", "validation"):
        pq.write_table(rows, tmp_path / f"{part}.parquet")
    inputs = [InputColumn(name, kind) for name, kind in TYPES.items()]
    fit_preparation(rows, inputs, None, "regression").write(tmp_path / "preparation.json")
    train_candidate(
        train=tmp_path / "train.parquet", validation=tmp_path / "validation.parquet", seed=7, threads=1,
        preparation=tmp_path / "preparation.json", output=tmp_path / "model", problem="regression",
        candidate=Candidate.model_validate({"name": "theirs", "algorithm": "imported", "source": source}),
        imported=file,
    )  # fmt: skip
    with pytest.raises(InvalidSpec, match="imported model"):
        export_model(tmp_path / "model", rows, form="onnx", output=tmp_path / "a.onnx")
    made = export_model(tmp_path / "model", rows, form="mlflow", output=tmp_path / "mlflow")
    assert made.equality["python_function"].holds
    assert "imported model" in made.notes[0]
