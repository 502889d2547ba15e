"""Tuning inside one job: deterministic, better than nothing tuned, and resumed after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.errors import TrainingRefused
from penstock.specs import Candidate
from penstock.specs.tuning import Tuning
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.train import TrainingRows, train_rows
from penstock.training.tuning import TRIALS, tune_candidate

SEARCH: dict[str, Any] = {
    "max_depth": {"minimum": 1, "maximum": 6, "integer": True},
    "learning_rate": {"minimum": 0.001, "maximum": 0.5, "scale": "log"},
}
WIDE = Candidate(
    name="wide", algorithm="xgboost", search=SEARCH,
    hyperparameters={"n_estimators": 20, "max_depth": 1, "learning_rate": 0.001},
)  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of an interaction that one split cannot see."""
    folder = tmp_path_factory.mktemp("prepared")
    random = np.random.default_rng(1)
    for part, rows in (("train", 600), ("validation", 300)):
        a, b = random.normal(size=(2, rows))
        answer = (a * b + 0.3 * random.normal(size=rows)) > 0
        pq.write_table(pa.table({"a": a, "b": b, "label": answer}), folder / f"{part}.parquet")
    columns = [InputColumn("a", "decimal"), InputColumn("b", "decimal")]
    fit_preparation(pq.read_table(folder / "train.parquet"), columns).write(folder / "preparation.json")
    return folder


def rows_of(prepared: Path, algorithm: str = "xgboost") -> TrainingRows:
    return TrainingRows.read(
        train=prepared / "train.parquet", validation=prepared / "validation.parquet",
        preparation=prepared / "preparation.json", algorithm_name=algorithm, seed=7, problem="binary",
    )  # fmt: skip


def tune(prepared: Path, candidate: Candidate = WIDE, checkpoint: Path | None = None, **tuning: Any) -> Any:
    return tune_candidate(
        rows_of(prepared, candidate.algorithm), candidate=candidate, metric="auc", seed=7, threads=1,
        tuning=Tuning.model_validate({"trials": 12, **tuning}), checkpoint=checkpoint,
    )  # fmt: skip


@pytest.mark.parametrize("method", ["bayesian", "random"])
def test_a_search_finds_better_ones_and_always_the_same(prepared: Path, method: str) -> None:
    first, again = (tune(prepared, method=method) for _ in range(2))
    assert first == again
    assert first.trials[0].searched == {"max_depth": 1, "learning_rate": 0.001}
    best = first.trials[first.best].value
    assert best > first.trials[0].value + 0.1
    assert best == max(trial.value for trial in first.trials if trial.state == "complete")


def test_hopeless_boosters_are_given_up(prepared: Path) -> None:
    for algorithm in ("xgboost", "lightgbm"):
        candidate = WIDE.model_copy(update={"algorithm": algorithm})
        states = [trial.state for trial in tune(prepared, candidate).trials]
        assert "pruned" in states
        patient = tune(prepared, candidate, early_stopping=False)
        assert "pruned" not in [trial.state for trial in patient.trials]


def test_the_best_candidate_trains_to_the_value_of_its_trial(prepared: Path, tmp_path: Path) -> None:
    tuned = tune(prepared)
    trained = train_rows(rows_of(prepared), candidate=tuned.candidate, seed=7, output=tmp_path, threads=1)
    assert trained.metrics["auc"] == pytest.approx(tuned.trials[tuned.best].value, abs=1e-12)


def test_losses_are_made_small(prepared: Path) -> None:
    found = tune_candidate(
        rows_of(prepared), candidate=WIDE, metric="log_loss", seed=7, threads=1, tuning=Tuning(trials=6)
    )
    assert found.trials[found.best].value == min(t.value for t in found.trials if t.state == "complete")


def test_trials_that_the_library_refuses_are_passed_over(prepared: Path) -> None:
    kinds = {"solver": {"choices": ["lbfgs", "nonsense"]}}
    linear = Candidate(name="l", algorithm="logistic_regression", search=kinds)
    found = tune(prepared, linear, trials=6, method="random")
    assert {trial.state for trial in found.trials} == {"complete", "failed"}
    assert found.candidate.hyperparameters == {"solver": "lbfgs"}
    broken = linear.model_copy(update={"hyperparameters": {"no_such": 1}})
    with pytest.raises(TrainingRefused, match="no_such"):
        tune(prepared, broken, trials=2)


def test_trials_of_another_search_or_torn_ones_are_not_taken_over(prepared: Path, tmp_path: Path) -> None:
    whole = tune(prepared, checkpoint=tmp_path, trials=4)
    journal = tmp_path / TRIALS
    journal.write_bytes(journal.read_bytes()[:-9])
    resumed = tune(prepared, checkpoint=tmp_path, trials=4)
    assert (resumed.resumed, resumed.trials) == (3, whole.trials)
    assert tune(prepared, checkpoint=tmp_path, trials=4, method="random").resumed == 0


def job(root: Path, prepared: Path) -> subprocess.Popen[str]:
    """Start the training job as its container does."""
    for channel in ("train", "validation", "preparation"):
        folder = root / "input" / "data" / channel
        folder.mkdir(parents=True, exist_ok=True)
        name = "preparation.json" if channel == "preparation" else f"{channel}.parquet"
        (folder / name).write_bytes((prepared / name).read_bytes())
    config = root / "input" / "config"
    config.mkdir(parents=True, exist_ok=True)
    parameters = {"candidate": WIDE.model_dump_json(), "metric": "auc", "seed": "7",
                  "tuning": json.dumps({"trials": 30}), "max_runtime_seconds": "900"}  # fmt: skip
    (config / "hyperparameters.json").write_text(json.dumps(parameters))
    (root / "model").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "sagemaker_jobs.train"], text=True, stdout=subprocess.PIPE,
        env={**os.environ, "PENSTOCK_ML_ROOT": str(root)}, cwd=Path(__file__).parents[3],
    )  # fmt: skip


def test_a_job_killed_half_way_resumes_and_finds_what_an_undisturbed_one_finds(
    prepared: Path, tmp_path: Path
) -> None:
    calm = job(tmp_path / "calm", prepared)
    calm.communicate(timeout=120)
    assert calm.returncode == 0
    killed, journal = job(tmp_path / "killed", prepared), tmp_path / "killed" / "checkpoints" / TRIALS
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (journal.exists() and journal.read_bytes().count(b"\n") >= 3):
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    there = journal.read_bytes().count(b"\n")
    assert 3 <= there < 30
    again = job(tmp_path / "killed", prepared)
    told, _ = again.communicate(timeout=120)
    assert again.returncode == 0
    assert told.count("trial=") == 30 - there
    folders = [tmp_path / name / "model" for name in ("calm", "killed")]
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]
