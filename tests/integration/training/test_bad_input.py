"""Bad input through the jobs' functions: an error or a failed check that says what, where, what to do."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.errors import TrainingRefused
from penstock.evaluation import Evaluation, evaluate_run
from penstock.evaluation.checks import Check
from penstock.evaluation.package import pack
from penstock.specs import UseCase
from penstock.training import prepare, train_candidate
from penstock.training.artefact import BrokenModel
from penstock.training.instances import InvalidInstances

TYPES = {"id": "string", "land": "string", "amount": "decimal", "lines": "integer", "answer": "integer"}
Columns = dict[str, list[Any]]


def good(rows: int = 1_200, seed: int = 1) -> Columns:
    random = np.random.default_rng(seed)
    amount = random.normal(100, 30, rows)
    answer = amount + random.normal(0, 20, rows) > 110
    return {
        "id": [f"I{number:06d}" for number in range(rows)],
        "land": random.choice(["DE", "FR", "IT"], rows).tolist(),
        "amount": amount.tolist(),
        "lines": random.integers(1, 9, rows).tolist(),
        "answer": answer.astype(int).tolist(),
    }


def case(columns: Columns, **model: Any) -> UseCase:
    """Return a use case of some columns; what is new among them is a decimal feature."""
    types = {name: TYPES.get(name, "decimal") for name in columns}
    features = [name for name in columns if name not in ("id", "answer")]
    dataset = {"dataset": "rows", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
               "classification": "internal",
               "columns": [{"name": name, "type": kind, "key": name == "id"} for name, kind in types.items()],
               }  # fmt: skip
    return UseCase.model_validate({
        "name": "cases", "title": "t", "owner": "o", "risk": {}, "datasets": [dataset],
        "model": {
            "dataset": "rows", "target": {"column": "answer"}, "features": features,
            "split": {"column": "id"},
            "candidates": [{"name": "linear", "algorithm": "logistic_regression"}], **model,
        },
    })  # fmt: skip


def prepared(columns: Columns, folder: Path, **model: Any) -> tuple[UseCase, Path]:
    """Let rows go through the job ``prepare``."""
    kinds = {"string": pa.string(), "decimal": pa.float64(), "integer": pa.int64()}
    table = pa.table({name: pa.array(values, kinds[TYPES.get(name, "decimal")])
                      for name, values in columns.items()})  # fmt: skip
    arrival = folder / "data" / "arrival=a1"
    arrival.mkdir(parents=True)
    pq.write_table(table, arrival / "part-00000.parquet")
    spec, output = case(columns, **model), folder / "prepared"
    prepare(use_case=spec, data=folder / "data", features=folder / "none", output=output,
            recent_arrival_id="a1")  # fmt: skip
    return spec, output


def archives(spec: UseCase, rows: Path, folder: Path) -> dict[str, Path]:
    """Let rows go through the job ``train``."""
    found = {}
    for candidate in (spec.model.baseline, *spec.model.candidates):
        train_candidate(
            train=rows / "train.parquet", validation=rows / "validation.parquet",
            preparation=rows / "preparation.json", candidate=candidate, seed=7, threads=1,
            problem=spec.model.problem, output=folder / candidate.name,
        )  # fmt: skip
        found[candidate.name] = folder / f"{candidate.name}.tar.gz"
        pack(folder / candidate.name, found[candidate.name])
    return found


def evaluated(columns: Columns, folder: Path, **model: Any) -> Evaluation:
    """Let rows go through the jobs ``prepare``, ``train`` and ``evaluate``."""
    spec, rows = prepared(columns, folder, **model)
    return evaluate_run(
        use_case=spec, prepared=rows, candidates=archives(spec, rows, folder), champion=None,
        champion_version=None, recent_arrival_id="a1", output=folder / "evaluation",
        package=folder / "model.tar.gz",
    )  # fmt: skip


def failed(found: Evaluation) -> dict[str, Check]:
    assert not found.verdict.passed
    return {one.check: one for one in found.verdict.checks if not one.passed}


def test_good_rows_pass(tmp_path: Path) -> None:
    found = evaluated(good(), tmp_path)
    assert found.verdict.passed, [one for one in found.verdict.checks if not one.passed]


REFUSED: dict[str, tuple[Callable[[Columns], Any], dict[str, Any], tuple[str, ...]]] = {
    "a constant target": (
        lambda c: c.update(answer=[1.5] * len(c["id"])),
        {"problem": "regression", "candidates": [{"name": "linear", "algorithm": "linear_regression"}]},
        ("one value", "train part", "at least two different values", "change target or split"),
    ),
    "one class": (
        lambda c: c.update(answer=[0] * len(c["id"])),
        {},
        ("one class", "0 positive", "train part", "change target or split"),
    ),
    "one of several classes": (
        lambda c: c.update(answer=[3] * len(c["id"])),
        {"problem": "multiclass"},
        ("one class", "1 different answers", "rows of at least two classes"),
    ),
    "infinite numbers": (
        lambda c: c["amount"].__setitem__(5, math.inf),
        {},
        ("infinite numbers", r"amount \(1 rows\)", "finite numbers or null", "quarantines such rows"),
    ),
    "infinite numbers in all": (
        lambda c: c.update(amount=[-math.inf] * len(c["id"])),
        {},
        ("infinite numbers", r"amount \(1,200 rows\)"),
    ),
    "constant columns alone": (
        lambda c: c.update(land=["DE"] * 1_200, amount=[1.0] * 1_200, lines=[1] * 1_200),
        {},
        ("Every input column is constant", "land, amount, lines", "two values"),
    ),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_cannot_be_learnt_from_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    spoil, model, words = REFUSED[name]
    columns = good()
    spoil(columns)
    if model.get("problem") == "regression":
        TYPES["answer"] = "decimal"
    try:
        with pytest.raises(TrainingRefused) as caught:
            prepared(columns, tmp_path, **model)
    finally:
        TYPES["answer"] = "integer"
    for word in words:
        assert caught.match(word)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_an_infinite_number_is_refused_in_whatever_part_it_is(tmp_path: Path, part: str) -> None:
    columns = good()
    _, rows = prepared(columns, tmp_path / "good")
    kept = set(pq.read_table(rows / f"{part}.parquet")["amount"].to_pylist())
    place = next(number for number, amount in enumerate(columns["amount"]) if amount in kept)
    columns["amount"][place] = math.inf
    with pytest.raises(TrainingRefused, match=r"amount \(1 rows\)"):
        prepared(columns, tmp_path / "bad")


def test_a_feature_that_equals_the_target_fails_with_its_name(tmp_path: Path) -> None:
    columns = good()
    columns["copy"] = [float(one) for one in columns["answer"]]
    check = failed(evaluated(columns, tmp_path))["leakage"]
    assert "copy tells the answer by itself" in check.reason
    assert "known only afterwards" in check.reason


def test_more_columns_than_rows_fail_with_both_numbers(tmp_path: Path) -> None:
    random, columns = np.random.default_rng(2), good(150)
    columns |= {f"x{number}": random.normal(size=150).tolist() for number in range(200)}
    check = failed(evaluated(columns, tmp_path))["rows_for_columns"]
    assert "training rows for 207 encoded columns" in check.reason
    assert "take columns or levels out" in check.reason


def test_a_column_without_any_value_fails_with_its_name(tmp_path: Path) -> None:
    columns = good()
    columns["gone"] = [None] * len(columns["id"])
    check = failed(evaluated(columns, tmp_path))["columns_with_values"]
    assert "gone (train, validation, test rows) without any value" in check.reason
    assert "correct the source, or take them out of features" in check.reason


def test_words_that_no_training_row_had_fail_with_their_share(tmp_path: Path) -> None:
    columns = good()
    columns["land"] = [f"L{number}" for number in range(len(columns["id"]))]
    found = failed(evaluated(columns, tmp_path))
    assert (
        "100.0% of the test rows have a word in land that no training row has" in found["seen_words"].reason
    )
    assert "coarser column" in found["seen_words"].reason


def test_few_unseen_words_are_answered_and_told(tmp_path: Path) -> None:
    columns = good()
    columns["land"][::25] = ["XX" + str(number) for number in range(len(columns["land"][::25]))]
    found = evaluated(columns, tmp_path)
    assert found.verdict.passed
    check = next(one for one in found.verdict.checks if one.check == "seen_words")
    assert 0 < (check.value or 0) < 0.1


def test_one_answer_in_ten_thousand_is_too_rare_to_judge(tmp_path: Path) -> None:
    columns, random = good(30_000), np.random.default_rng(3)
    columns["answer"] = [0] * 30_000
    for place in random.choice(30_000, 9, replace=False):
        columns["answer"][place], columns["amount"][place] = 1, float(random.normal(150, 30))
    check = failed(evaluated(columns, tmp_path, gates={"fewest_of_a_class": 6}))["rows_of_each_answer"]
    assert "test rows have the answer 1 (1 in" in check.reason
    assert "6 are needed" in check.reason


def test_rows_on_both_sides_of_the_split_fail_with_their_number(tmp_path: Path) -> None:
    columns = good(600)
    twice = {name: values * 2 for name, values in columns.items()}
    twice["id"] = [f"I{number:06d}" for number in range(1_200)]
    check = failed(evaluated(twice, tmp_path))["duplicates"]
    assert "test rows are also rows that were trained or chosen with" in check.reason


def test_a_corrupted_artefact_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    spec, rows = prepared(good(), tmp_path)
    found = archives(spec, rows, tmp_path)

    def evaluate(**broken: Path) -> Evaluation:
        return evaluate_run(
            use_case=spec, prepared=rows, candidates={**found, **broken}, champion=None,
            champion_version=None, recent_arrival_id="a1", output=tmp_path / "evaluation",
            package=tmp_path / "model.tar.gz",
        )  # fmt: skip

    torn = tmp_path / "torn.tar.gz"
    torn.write_bytes(found["linear"].read_bytes()[:-200])
    with pytest.raises(BrokenModel, match="cannot be unpacked"):
        evaluate(linear=torn)
    numbers = (tmp_path / "linear" / "linear.json").read_text()
    (tmp_path / "linear" / "linear.json").write_text(numbers.replace("1", "2", 1))
    pack(tmp_path / "linear", tmp_path / "changed.tar.gz")
    with pytest.raises(BrokenModel, match="changed after training") as told:
        evaluate(linear=tmp_path / "changed.tar.gz")
    assert "Restore the package" in str(told.value)
    assert not (tmp_path / "model.tar.gz").exists()


def test_a_request_with_an_infinite_number_is_refused(tmp_path: Path) -> None:
    from penstock.serving.predictor import Predictor

    spec, rows = prepared(good(), tmp_path)
    archives(spec, rows, tmp_path)
    row = {"land": "XX", "amount": math.inf, "lines": 1}
    with pytest.raises(InvalidInstances, match="a finite number"):
        Predictor.load(tmp_path / "linear").predict([row])
    (answer,) = Predictor.load(tmp_path / "linear").predict([{**row, "amount": None}])
    assert 0 < answer.score < 1
