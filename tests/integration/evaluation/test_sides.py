"""A whole evaluation with every side that a specification can ask for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.evaluation import AgedQuality, Evaluation, History, PastVersion, evaluate_run
from penstock.evaluation.package import pack
from penstock.specs import UseCase
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.train import train_candidate

COLUMNS = {"income": "decimal", "debt": "decimal", "branch": "string", "age": "integer"}
GATES = {
    "fairness": {"DPPL": 0.9, "DI": [0.01, 10.0]},
    "slice_tolerance": 0.4,
    "robustness": {"noise_10": 0.1},
}
LOOKS = {
    "facets": [{"column": "sex", "values": ["f"], "group": "branch"}, {"column": "age", "above": 50}],
    "slices": {"columns": ["branch", "sex"]},
    "cost": {"false_positive": 1, "false_negative": 5},
    "learning_curve": [0.0001, 0.1, 1.0],
}


def rows(count: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    sex, branch = rng.choice(["f", "m"], count), rng.choice(["north", "south"], count)
    income, debt = rng.normal(size=count), rng.normal(size=count)
    chance = 1 / (1 + np.exp(-2 * income + debt - (sex == "m") - rng.normal(size=count)))
    return pa.table(
        {
            "income": income + (sex == "m"), "debt": debt, "branch": branch,
            "age": rng.integers(18, 80, count), "sex": sex, "label": rng.random(count) < chance,
            "arrival": np.full(count, "a1"),
        }
    )  # fmt: skip


def use_case(gates: dict[str, Any] | None = None, looks: dict[str, Any] | None = None) -> UseCase:
    columns = [{"name": name, "type": kind} for name, kind in COLUMNS.items()]
    return UseCase.model_validate(
        {
            "name": "loans", "title": "Loans", "owner": "risk", "risk": {},
            "datasets": [
                {
                    "dataset": "loans", "owner": "risk", "steward": "data", "purpose": "test",
                    "legal_basis": "contract", "classification": "internal",
                    "columns": [*columns, {"name": "sex", "type": "string", "sensitivity": "personal"},
                                {"name": "paid", "type": "boolean"}],
                }
            ],
            "model": {
                "dataset": "loans", "target": {"column": "paid"}, "features": list(COLUMNS),
                "split": {"column": "branch"}, "gates": gates if gates is not None else GATES,
                "evaluation": looks if looks is not None else LOOKS,
                "candidates": [
                    {"name": "trees", "algorithm": "lightgbm", "hyperparameters": {"n_estimators": 30}},
                    {"name": "line", "algorithm": "logistic_regression"},
                ],
            },
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    for number, (name, count) in enumerate({"train": 2_000, "validation": 1_000, "test": 1_000}.items()):
        pq.write_table(rows(count, number), folder / f"{name}.parquet")
    inputs = [InputColumn(name, kind) for name, kind in COLUMNS.items()]
    fit_preparation(pq.read_table(folder / "train.parquet"), inputs).write(folder / "preparation.json")
    train_all(folder)
    return folder


def train_all(folder: Path) -> None:
    model = use_case().model
    for candidate in (model.baseline, *model.candidates):
        train_candidate(
            train=folder / "train.parquet", validation=folder / "validation.parquet", candidate=candidate,
            preparation=folder / "preparation.json", seed=7, output=folder / candidate.name,
        )  # fmt: skip
        pack(folder / candidate.name, folder / f"{candidate.name}.tar.gz")


def evaluate(prepared: Path, output: Path, spec: UseCase, **more: Any) -> Evaluation:
    names = ("baseline", "trees", "line")
    settings = {"champion": None, "champion_version": None, "recent_arrival_id": "a1", **more}
    return evaluate_run(
        use_case=spec, prepared=prepared, candidates={name: prepared / f"{name}.tar.gz" for name in names},
        output=output, package=output / "model.tar.gz", **settings,
    )  # fmt: skip


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def whole(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Evaluation, Path]:
    output = tmp_path_factory.mktemp("whole")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    history = History(
        versions=tuple(
            PastVersion(version=str(n), trained_at=start + timedelta(days=n), metric=0.99 - 0.01 * n)
            for n in range(4)
        ),
        ages=tuple(AgedQuality(version="1", age_days=10 * n, metric=0.9 - 0.01 * n) for n in range(3)),
    )
    found = evaluate(
        prepared, output, use_case(), champion=prepared / "line.tar.gz", champion_version="3", history=history
    )
    return found, output


def test_every_side_is_written(whole: tuple[Evaluation, Path]) -> None:
    written = {path.stem for path in whole[1].glob("*.json")}
    assert written >= {
        "soundness", "fairness", "slices", "robustness", "calibration", "cost", "complexity",
        "learning_curve", "staleness", "analysis", "verdict",
    }  # fmt: skip


def test_every_limit_is_a_check_of_the_verdict(whole: tuple[Evaluation, Path]) -> None:
    verdict = whole[0].verdict
    by = {check.check: check for check in verdict.checks}
    assert set(by) == {
        "better_than_baseline", "not_worse_than_champion", "model_size", "latency", "leakage", "duplicates",
        "rows_of_each_answer", "columns_with_values", "seen_words", "rows_for_columns", "fairness_DPPL",
        "fairness_DI", "worst_slice", "robustness_noise_10", "no_sudden_drop", "no_slow_decline",
    }  # fmt: skip
    assert [check.check for check in verdict.checks if not check.passed] == ["no_slow_decline"]
    assert not verdict.passed


def test_bias_stands_beside_the_shap_values(whole: tuple[Evaluation, Path]) -> None:
    analysis = read(whole[1], "analysis")
    assert set(analysis) == {
        "version", "pre_training_bias_metrics", "post_training_bias_metrics", "explanations"
    }  # fmt: skip
    assert analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"].keys() == COLUMNS.keys()
    after = analysis["post_training_bias_metrics"]
    assert (after["label"], after["label_value_or_threshold"], set(after["facets"])) == (
        "paid",
        "1",
        {"sex", "age"},
    )
    (women,) = after["facets"]["sex"]
    values = {one["name"]: one["value"] for one in women["metrics"]}
    assert values["DPPL"] > 0.1  # the rows were made so
    assert values["CDDPL"] is not None
    assert values["FT"] is None  # a branch is a word
    (old,) = after["facets"]["age"]
    assert old["value_or_threshold"].startswith("(50.0, ")


def test_a_reviewer_is_told_of_protected_columns_and_their_proxies(whole: tuple[Evaluation, Path]) -> None:
    found = read(whole[1], "fairness")
    assert {one["column"] for one in found["protected"]} == {"sex", "age"}
    assert [(one["column"], one["tells"]) for one in found["proxies"]] == [("income", "sex")]


def test_more_rows_teach_more(whole: tuple[Evaluation, Path]) -> None:
    curve = read(whole[1], "learning_curve")
    assert [point["rows"] for point in curve["points"]] == [200, 2_000]
    assert curve["points"][1]["validation"] > curve["points"][0]["validation"]
    assert curve["gain_of_doubling"] > 0


def test_a_limit_that_is_broken_refuses(prepared: Path, tmp_path: Path) -> None:
    gates = {"fairness": {"DPPL": 0.01}, "slice_tolerance": 0.0, "robustness": {"noise_50": 0.0001}}
    found = evaluate(prepared, tmp_path, use_case(gates, {**LOOKS, "learning_curve": []}))
    failed = {check.check for check in found.verdict.checks if not check.passed}
    assert failed >= {"fairness_DPPL", "robustness_noise_50"}


def test_a_facet_that_preparing_left_out_does_not_pass_silently(prepared: Path, tmp_path: Path) -> None:
    found = evaluate(
        prepared,
        tmp_path,
        use_case({"fairness": {"DPPL": 0.9}}, {"facets": [{"column": "paid", "values": [1]}]}),
    )
    (check,) = [one for one in found.verdict.checks if one.check == "fairness_DPPL"]
    assert not check.passed
    assert "Facet column paid is not present in the dataset" in check.reason


def test_a_column_that_is_known_only_afterwards_fails_the_verdict(prepared: Path, tmp_path: Path) -> None:
    for name in ("train", "validation", "test"):
        table = pq.read_table(prepared / f"{name}.parquet")
        given_away = pa.array(table["label"].to_numpy() * 7.0)
        pq.write_table(table.set_column(1, "debt", given_away), tmp_path / f"{name}.parquet")
    inputs = [InputColumn(name, kind) for name, kind in COLUMNS.items()]
    fit_preparation(pq.read_table(tmp_path / "train.parquet"), inputs).write(tmp_path / "preparation.json")
    train_all(tmp_path)
    found = evaluate(tmp_path, tmp_path / "out", use_case({}, {"robustness": None}))
    (leak,) = [check for check in found.verdict.checks if check.check == "leakage"]
    assert not leak.passed
    assert "debt tells the answer by itself" in leak.reason
    assert not (tmp_path / "out" / "robustness.json").exists()
