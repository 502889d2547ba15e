"""Declared preparation steps: learnt from training rows, the same in training and serving."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from penstock.errors import InvalidSpec, TrainingRefused
from penstock.specs import Candidate, UseCase
from penstock.specs.preparing import PreparationSpec, Steps
from penstock.training import Preparation, prepare, train_candidate
from penstock.training.algorithms import Answers
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.rows import treated

COLUMNS = (
    InputColumn("land", "string"),
    InputColumn("note", "string"),
    InputColumn("amount", "decimal"),
    InputColumn("lines", "integer"),
    InputColumn("ok", "boolean"),
)
SCHEMA = pa.schema(
    [("land", pa.string()), ("note", pa.string()), ("amount", pa.float64()), ("lines", pa.int64()),
     ("ok", pa.bool_()), ("label", pa.bool_())]
)  # fmt: skip
TRAIN: list[dict[str, Any]] = [
    {"land": "DE", "note": "paid late, again", "amount": 1.0, "lines": 1, "ok": True, "label": True},
    {"land": "DE", "note": None, "amount": None, "lines": 2, "ok": True, "label": False},
    {"land": "FR", "note": "Paid", "amount": 3.0, "lines": 2, "ok": None, "label": False},
    {"land": None, "note": "late late", "amount": 1000.0, "lines": 4, "ok": False, "label": False},
    {"land": "IT", "note": "", "amount": 7.0, "lines": None, "ok": True, "label": False},
    {"land": "DE", "note": "ärger", "amount": -2.0, "lines": 9, "ok": True, "label": False},
]
SEEN: list[dict[str, Any]] = [
    *({name: row[name] for name in row if name != "label"} for row in TRAIN),
    {"land": "XX", "note": "never seen words", "amount": 1e9, "lines": -5, "ok": False},
    {"land": "", "note": None, "amount": None, "lines": None, "ok": None},
]


def fitted(**spec: Any) -> Preparation:
    table = pa.Table.from_pylist(TRAIN, schema=SCHEMA)
    return fit_preparation(table, COLUMNS, PreparationSpec.model_validate(spec))


def column(preparation: Preparation, name: str, rows: list[dict[str, Any]] = SEEN, **how: Any) -> Any:
    """Return what a raw column becomes."""
    place = preparation.inputs.index(name)
    return preparation.transform_instances(rows, **how)[:, preparation.sources == place]


STEPS: list[tuple[str, dict[str, Any]]] = [
    *(("amount", {"impute": how}) for how in ("median", "mean", "most_frequent")),
    ("amount", {"impute": "constant", "value": -1}),
    *(("amount", {"indicator": said}) for said in (True, False)),
    ("amount", {"clip": [0.1, 0.9]}),
    ("amount", {"log": True}),
    *(("amount", {"scale": how}) for how in ("standard", "minmax", "robust", "none")),
    ("lines", {"impute": "most_frequent", "clip": [0, 0.9], "log": True, "scale": "robust"}),
    ("ok", {"impute": "constant", "value": False, "indicator": False}),
    ("land", {"encode": "one_hot", "levels": 1}),
    *(("land", {"encode": how}) for how in ("ordinal", "frequency", "hashed")),
    *(("land", {"encode": how, "impute": "most_frequent"}) for how in ("one_hot", "ordinal", "frequency")),
    ("land", {"encode": "hashed", "impute": "constant", "value": "DE", "buckets": 4}),
    ("note", {"encode": "words", "buckets": 8}),
    ("note", {"encode": "words", "impute": "constant", "value": "late", "indicator": True}),
]


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize(("name", "steps"), STEPS)
def test_training_and_serving_encode_alike(name: str, steps: dict[str, Any], scaled: bool, tmp_path) -> None:
    preparation = fitted(columns={name: steps})
    bulk = preparation.transform(pa.Table.from_pylist(SEEN, schema=SCHEMA), scaled=scaled)
    assert np.isfinite(bulk).all()
    assert bulk.shape[1] == len(preparation.names) == len(preparation.sources)
    assert np.array_equal(bulk, preparation.transform_instances(SEEN, scaled=scaled))
    one_by_one = [preparation.transform_instances([row], scaled=scaled) for row in SEEN]
    assert np.array_equal(bulk, np.vstack(one_by_one))
    preparation.write(tmp_path / "p.json")
    again = Preparation.read(tmp_path / "p.json")
    assert again.format == "penstock-preparation/2"
    assert np.array_equal(bulk, again.transform_instances(SEEN, scaled=scaled))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ({"impute": "median"}, 3.0),
        ({"impute": "mean"}, 201.8),
        ({"impute": "most_frequent"}, -2.0),
        ({"impute": "constant", "value": 5}, 5.0),
    ],
)
def test_a_null_becomes_what_was_declared(steps: dict[str, Any], expected: float) -> None:
    found = column(fitted(columns={"amount": steps}), "amount")
    assert found[1].tolist() == [pytest.approx(expected, rel=1e-6), 1.0]


def test_outliers_are_cut_off_at_quantiles_of_the_training_rows() -> None:
    known = [1.0, 3.0, 1000.0, 7.0, -2.0]
    low, high = np.quantile(known, [0.1, 0.9])
    found = column(fitted(columns={"amount": {"clip": [0.1, 0.9]}}), "amount")[:, 0]
    np.testing.assert_allclose([found.min(), found.max()], [low, high], rtol=1e-6)


def test_the_logarithm_is_mirrored_below_zero() -> None:
    found = column(fitted(columns={"amount": {"log": True}}), "amount")[:, 0]
    np.testing.assert_allclose(found[[0, 5]], [math.log1p(1), -math.log1p(2)], rtol=1e-6)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("minmax", [(1 + 2) / 1002, 1.0, 0.0]),
        ("robust", [(1 - 3) / 6, (1000 - 3) / 6, (-2 - 3) / 6]),
        ("none", [1.0, 1000.0, -2.0]),
    ],
)
def test_numbers_are_scaled_as_declared(scale: str, expected: list[float]) -> None:
    preparation = fitted(columns={"amount": {"scale": scale}})
    found = column(preparation, "amount", scaled=True)[:, 0]
    np.testing.assert_allclose(found[[0, 3, 5]], expected, rtol=1e-5, atol=1e-7)
    assert column(preparation, "amount")[3, 0] == 1000.0


def test_words_become_ranks_shares_and_levels() -> None:
    ranks = column(fitted(columns={"land": {"encode": "ordinal"}}), "land")
    assert ranks[:, 0].tolist() == [1, 1, 2, 0, 3, 1, 4, 4]
    assert ranks[:, 1].tolist() == [0, 0, 0, 1, 0, 0, 0, 0]
    shares = column(fitted(columns={"land": {"encode": "frequency", "levels": 1}}), "land")
    np.testing.assert_allclose(shares[[0, 2, 3, 6], 0], [3 / 6, 1 / 6, 1 / 6, 1 / 6], rtol=1e-6)
    few = fitted(columns={"land": {"encode": "one_hot", "levels": 1, "impute": "most_frequent"}})
    assert few.names[:2] == ("land = DE", "land is other")
    assert column(few, "land")[3].tolist() == [1, 0]


def test_texts_become_counts_of_words_whatever_their_case() -> None:
    preparation = fitted(columns={"note": {"encode": "words", "buckets": 64}})
    found = column(preparation, "note")
    assert found[:, :64].sum(axis=1).tolist() == [3, 0, 1, 2, 0, 1, 3, 0]
    late = column(preparation, "note", [{**SEEN[0], "note": "LATE!"}])[0, :64].argmax()
    assert found[3, late] == 2
    assert found[:, -1].tolist() == [0, 1, 0, 0, 0, 0, 0, 1]


def test_a_column_takes_from_its_type_what_it_does_not_say() -> None:
    spec = PreparationSpec.model_validate(
        {"types": {"decimal": {"scale": "robust", "log": True}}, "columns": {"amount": {"log": False}}}
    )
    again = PreparationSpec.model_validate(spec.model_dump(mode="json"))
    for one in (spec, again):
        found = one.steps("amount", "decimal")
        assert found is not None
        assert (found.scale, found.log) == ("robust", False)


def test_nothing_declared_writes_the_first_format_without_a_trace_of_the_second(tmp_path) -> None:
    table = pa.Table.from_pylist(TRAIN, schema=SCHEMA)
    fit_preparation(table, COLUMNS).write(tmp_path / "p.json")
    text = (tmp_path / "p.json").read_text()
    assert "penstock-preparation/1" in text
    assert "rows" not in text


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"land": {"log": True}}, "'log' is no step of a string"),
        ({"ok": {"impute": "mean"}}, "boolean column has no mean"),
        ({"amount": {"impute": "constant", "value": "much"}}, "'much' is no decimal"),
        ({"gone": {"log": True}}, "gone"),
    ],
)
def test_steps_that_do_not_fit_are_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpec, match=message):
        fitted(columns=columns)


@pytest.mark.parametrize(
    "steps", [{"impute": "constant"}, {"value": 3}, {"clip": [0.9, 0.1]}, {"clip": [-1, 1]}, {"buckets": 1}]
)
def test_steps_that_contradict_themselves_are_refused(steps: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Steps.model_validate(steps)


def test_a_use_case_with_a_step_that_cannot_be_is_refused(make_use_case) -> None:
    document = make_use_case().model_dump(mode="json")
    document["model"]["preparation"] = {"columns": {"land": {"log": True}, "gone": {"log": True}}}
    with pytest.raises(ValidationError, match=r"land: 'log' is no step of a string.*; .*gone is no feature"):
        UseCase.model_validate(document)


def test_balancing_numbers_is_refused_when_the_use_case_is_registered(make_use_case) -> None:
    numbers = {"problem": "regression", "target": {"column": "late"}, "preparation": {"balance": "weights"},
               "candidates": [{"name": "l", "algorithm": "linear_regression"}]}  # fmt: skip
    with pytest.raises(ValidationError, match="balance"):
        make_use_case(**numbers)


def test_infinite_numbers_are_refused() -> None:
    endless = [{**TRAIN[0], "amount": math.inf}, *TRAIN]
    with pytest.raises(TrainingRefused, match="amount"):
        fit_preparation(pa.Table.from_pylist(endless, schema=SCHEMA), COLUMNS)


def rare(spec: dict[str, Any], scaled: bool = False) -> tuple[Any, Answers]:
    preparation = fitted(**spec)
    table = pa.Table.from_pylist(TRAIN, schema=SCHEMA)
    values = np.array([row["label"] for row in TRAIN])
    matrix = preparation.transform(table, scaled=scaled)
    return treated(matrix, Answers("binary", values), preparation, scaled=scaled, seed=3)


def test_weights_make_classes_count_alike() -> None:
    _, answers = rare({"balance": "weights"})
    assert answers.weights is not None
    assert answers.weights[answers.values].sum() == pytest.approx(answers.weights[~answers.values].sum())


@pytest.mark.parametrize(("ratio", "negatives"), [(1, 1), (3, 3), (9, 5)])
def test_undersampling_leaves_a_multiple_of_the_rarest_class(ratio: float, negatives: int) -> None:
    matrix, answers = rare({"balance": "undersample", "ratio": ratio})
    assert (int(answers.values.sum()), len(matrix)) == (1, 1 + negatives)


@pytest.mark.parametrize("scaled", [False, True])
def test_copies_differ_in_numbers_alone(scaled: bool) -> None:
    preparation = fitted()
    matrix, answers = rare({"augment": {"copies": 2, "noise": 0.01}}, scaled)
    assert matrix.shape[0] == len(answers) == 3 * len(TRAIN)
    number = np.array([name in ("amount", "lines") for name in preparation.names])
    first, copy = matrix[:6], matrix[6:12]
    assert np.array_equal(first[:, ~number], copy[:, ~number])
    assert (first[:, number] != copy[:, number]).all()
    again, _ = rare({"augment": {"copies": 2, "noise": 0.01}}, scaled)
    assert np.array_equal(matrix, again)


def test_numbers_cannot_be_balanced() -> None:
    table = pa.Table.from_pylist(TRAIN, schema=SCHEMA)
    with pytest.raises(InvalidSpec, match="regression"):
        fit_preparation(table, COLUMNS, PreparationSpec(balance="weights"), "regression")


def test_weights_raise_the_scores_of_the_rare_class(curated, make_use_case, tmp_path) -> None:
    means = {}
    for balance in ("none", "weights"):
        folder = tmp_path / balance
        use_case = make_use_case(target={"column": "late", "above": 8}, preparation={"balance": balance})
        prepare(use_case=use_case, data=curated(), features=tmp_path, output=folder, recent_arrival_id="a2")
        for algorithm in ("logistic_regression", "xgboost", "lightgbm", "random_forest"):
            candidate = Candidate(name="one", algorithm=algorithm)
            train_candidate(
                train=folder / "train.parquet", validation=folder / "validation.parquet",
                preparation=folder / "preparation.json", candidate=candidate, seed=1, threads=1,
                output=folder / algorithm,
            )  # fmt: skip
            from penstock.serving.predictor import Predictor

            rows = pq.read_table(folder / "test.parquet")
            means[algorithm, balance] = Predictor.load(folder / algorithm).scores(rows).mean()
    for algorithm in ("logistic_regression", "xgboost", "lightgbm", "random_forest"):
        assert means[algorithm, "weights"] > means[algorithm, "none"]
