"""A model with every kind of declared step: served as it was trained, and explained by its raw columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.explainability import explain
from penstock.serving.predictor import Predictor
from penstock.specs import Candidate
from penstock.specs.preparing import PreparationSpec
from penstock.training import train_candidate
from penstock.training.fit import InputColumn, fit_preparation

COLUMNS = [
    InputColumn("amount", "decimal"), InputColumn("noise", "decimal"), InputColumn("land", "string"),
    InputColumn("city", "string"), InputColumn("note", "string"), InputColumn("ok", "boolean"),
]  # fmt: skip
SPEC = PreparationSpec.model_validate(
    {
        "types": {"decimal": {"clip": [0.01, 0.99], "scale": "robust"}},
        "columns": {
            "amount": {"log": True, "impute": "mean"},
            "land": {"encode": "frequency"},
            "city": {"encode": "hashed", "buckets": 4},
            "note": {"encode": "words", "buckets": 16},
            "ok": {"impute": "constant", "value": False},
        },
        "balance": "weights",
        "augment": {"copies": 1},
    }
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, random = tmp_path_factory.mktemp("prepared"), np.random.default_rng(3)
    for part, rows in (("train", 800), ("validation", 300)):
        late = random.random(rows) < 0.5
        amount = random.exponential(50, rows)
        table = {
            "amount": [None if n % 13 == 0 else float(value) for n, value in enumerate(amount)],
            "noise": random.normal(size=rows),
            "land": random.choice(["DE", "FR", "IT"], rows),
            "city": random.choice(["Bonn", "Lyon", "Rom", "Kiel"], rows),
            "note": ["please pay late fee" if one else "thank you" for one in late],
            "ok": [None if n % 7 == 0 else bool(n % 2) for n in range(rows)],
            "label": (late & (random.random(rows) < 0.9)) | (amount > 150),
        }
        pq.write_table(pa.table(table), folder / f"{part}.parquet")
    fit_preparation(pq.read_table(folder / "train.parquet"), COLUMNS, SPEC).write(folder / "preparation.json")
    return folder


@pytest.mark.parametrize("algorithm", ["logistic_regression", "xgboost", "lightgbm", "random_forest"])
def test_columns_are_explained_as_they_were_before_encoding(
    prepared: Path, tmp_path: Path, algorithm: str
) -> None:
    train_candidate(
        train=prepared / "train.parquet", validation=prepared / "validation.parquet", seed=7, threads=1,
        preparation=prepared / "preparation.json", output=tmp_path,
        candidate=Candidate(name="one", algorithm=algorithm),
    )  # fmt: skip
    predictor, rows = Predictor.load(tmp_path), pq.read_table(prepared / "validation.parquet")
    served = predictor.predict(rows.select(list(predictor.preparation.inputs)).to_pylist())
    np.testing.assert_array_equal([one.score for one in served], predictor.scores(rows))
    found = explain(predictor, rows)
    assert set(found.global_shap) == {column.name for column in COLUMNS}
    assert next(iter(found.global_shap)) == "note"
    assert found.largest_additivity_error < 1e-3
