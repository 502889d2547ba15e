"""A booster that is killed half-way goes on at its checkpoint and ends with the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.specs import Candidate
from penstock.specs.tuning import Tuning
from penstock.training import checkpoints
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.reproducing import reproduce
from penstock.training.train import TrainingRows, train_rows
from penstock.training.tuning import tune_candidate

DRAWS: dict[str, dict[str, Any]] = {
    "xgboost": {"subsample": 0.7, "colsample_bynode": 0.6, "max_depth": 5},
    "lightgbm": {"bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.6, "num_leaves": 31},
}
ALGORITHMS = list(DRAWS)


def candidate(algorithm: str, *, rounds: int = 40, every: int = 10, **more: Any) -> Candidate:
    parameters = {"n_estimators": rounds, "checkpoint_rounds": every, **DRAWS[algorithm], **more}
    return Candidate(name="c", algorithm=algorithm, hyperparameters=parameters)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, random = tmp_path_factory.mktemp("prepared"), np.random.default_rng(1)
    names = [f"x{number}" for number in range(12)]
    for part, rows in (("train", 20_000), ("validation", 500)):
        values = random.normal(size=(len(names), rows))
        answer = values[0] * values[1] + values[2] + 0.5 * random.normal(size=rows) > 0
        columns = dict(zip(names, values, strict=True))
        pq.write_table(pa.table({**columns, "label": answer}), folder / f"{part}.parquet")
    inputs = [InputColumn(name, "decimal") for name in names]
    fit_preparation(pq.read_table(folder / "train.parquet"), inputs).write(folder / "preparation.json")
    return folder


@pytest.fixture(scope="module")
def rows(prepared: Path) -> TrainingRows:
    return TrainingRows.read(
        train=prepared / "train.parquet", validation=prepared / "validation.parquet",
        preparation=prepared / "preparation.json", algorithm_name="xgboost", seed=7, problem="binary",
    )  # fmt: skip


def trained(rows: TrainingRows, chosen: Candidate, output: Path, *, seed: int = 7) -> dict[str, bytes]:
    train_rows(rows, candidate=chosen, seed=seed, output=output, threads=2)
    return {path.name: path.read_bytes() for path in output.iterdir()}


class Killed(BaseException):
    """What a job does not catch."""


def killed_after(rows: TrainingRows, chosen: Candidate, writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train until a checkpoint has been written so often."""
    with monkeypatch.context() as patched:
        keep = checkpoints.Checkpoints.keep

        def and_die(self: checkpoints.Checkpoints, done: int, data: bytes) -> None:
            keep(self, done, data)
            if done >= 10 * writes:
                raise Killed

        patched.setattr(checkpoints.Checkpoints, "keep", and_die)
        with pytest.raises(Killed):
            rows.fit(chosen, seed=7, threads=2)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("writes", [1, 3, 4])
def test_a_resumed_training_ends_with_the_same_bytes(
    rows: TrainingRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, algorithm: str, writes: int,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    chosen = candidate(algorithm)
    calm = trained(replace(rows, kept=tmp_path / "calm"), chosen, tmp_path / "one")
    kept = replace(rows, kept=tmp_path / "kept")
    killed_after(kept, chosen, writes, monkeypatch)
    assert trained(kept, chosen, tmp_path / "two") == calm
    assert f"Goes on after {10 * writes} rounds" in capsys.readouterr().out
    # Where there is no folder to keep anything in, the model is the same, too: reproducing needs none.
    assert trained(rows, chosen, tmp_path / "three") == calm


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_pieces_are_as_good_as_a_whole(rows: TrainingRows, algorithm: str) -> None:
    for every in (1_000, 10):
        found = rows.fit(candidate(algorithm, every=every), seed=7, threads=2).scores(rows.held_out)
        assert np.mean((found > 0.5) != rows.held_out_answers.values) < 0.2
    first = rows.fit(candidate(algorithm, rounds=10), seed=7, threads=2).scores(rows.held_out)
    assert not np.array_equal(first, found)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_without_draws_pieces_change_nothing(rows: TrainingRows, algorithm: str) -> None:
    calm = {"n_estimators": 40, "max_depth": 4}
    whole, pieces = (
        rows.fit(Candidate(name="c", algorithm=algorithm, hyperparameters=one), seed=7, threads=2)
        for one in (calm, {**calm, "checkpoint_rounds": 10})
    )
    assert np.array_equal(whole.scores(rows.held_out), pieces.scores(rows.held_out))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("what", ["parameters", "seed", "data"])
def test_a_checkpoint_of_something_else_is_not_taken_over(
    rows: TrainingRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, algorithm: str, what: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    chosen, kept = candidate(algorithm), replace(rows, kept=tmp_path / "kept")
    killed_after(kept, chosen, 2, monkeypatch)
    seed = 8 if what == "seed" else 7
    other = candidate(algorithm, learning_rate=0.05) if what == "parameters" else chosen
    kept = replace(kept, digest="other rows") if what == "data" else kept
    found = trained(kept, other, tmp_path / "one", seed=seed)
    assert "of other data or parameters: training starts afresh" in capsys.readouterr().out
    assert found == trained(rows, other, tmp_path / "two", seed=seed)


def test_a_damaged_checkpoint_is_not_taken_over(
    rows: TrainingRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen, kept = candidate("lightgbm"), replace(rows, kept=tmp_path / "kept")
    killed_after(kept, chosen, 2, monkeypatch)
    (path,) = (tmp_path / "kept").iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    found = trained(kept, chosen, tmp_path / "one")
    assert "is damaged and is not used" in capsys.readouterr().out
    assert found == trained(rows, chosen, tmp_path / "two")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_trial_that_was_killed_is_pruned_as_if_it_had_not_been(
    rows: TrainingRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    chosen = candidate(algorithm).model_copy(
        update={"search": Candidate.model_validate({
            "name": "c", "algorithm": algorithm,
            "search": {"learning_rate": {"minimum": 0.01, "maximum": 0.5, "scale": "log"}},
        }).search}
    )  # fmt: skip

    def tune(folder: Path) -> Any:
        return tune_candidate(
            replace(rows, kept=folder), candidate=chosen, tuning=Tuning(trials=3), metric="auc", seed=7,
            threads=2, checkpoint=folder,
        )  # fmt: skip

    calm = tune(tmp_path / "calm")
    written, keep = [0], checkpoints.Checkpoints.keep

    def and_die(self: checkpoints.Checkpoints, done: int, data: bytes) -> None:
        keep(self, done, data)
        written[0] += 1
        if written[0] == 6:  # the second trial is half done
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints.Checkpoints, "keep", and_die)
        with pytest.raises(Killed):
            tune(tmp_path / "killed")
    again = tune(tmp_path / "killed")
    assert again.resumed == 1
    assert again.trials == calm.trials
    assert not list((tmp_path / "killed").glob("booster-*"))


def job(root: Path, prepared: Path, chosen: Candidate) -> subprocess.Popen[str]:
    """Start the training job as its container does."""
    for channel in ("train", "validation", "preparation"):
        folder = root / "input" / "data" / channel
        folder.mkdir(parents=True, exist_ok=True)
        name = "preparation.json" if channel == "preparation" else f"{channel}.parquet"
        (folder / name).write_bytes((prepared / name).read_bytes())
    config = root / "input" / "config"
    config.mkdir(parents=True, exist_ok=True)
    parameters = {"candidate": chosen.model_dump_json(), "metric": "auc", "seed": "7"}
    (config / "hyperparameters.json").write_text(json.dumps(parameters))
    (root / "model").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "sagemaker_jobs.train"], text=True, stdout=subprocess.PIPE,
        env={**os.environ, "PENSTOCK_ML_ROOT": str(root)}, cwd=Path(__file__).parents[3],
    )  # fmt: skip


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_job_killed_half_way_ends_with_the_model_of_an_undisturbed_one(
    prepared: Path, tmp_path: Path, algorithm: str
) -> None:
    chosen = candidate(algorithm, rounds=200, every=5)
    calm = job(tmp_path / "calm", prepared, chosen)
    calm.communicate(timeout=240)
    assert calm.returncode == 0
    killed, kept = job(tmp_path / "killed", prepared, chosen), tmp_path / "killed" / "checkpoints"
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and not any(done(kept, 60)):
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    there = max(done(kept, 0))
    assert 60 <= there < 200
    assert not list((tmp_path / "killed" / "model").iterdir())
    again = job(tmp_path / "killed", prepared, chosen)
    told, _ = again.communicate(timeout=240)
    assert again.returncode == 0
    assert f"Goes on after {there} rounds, from a checkpoint." in told
    folders = [tmp_path / name / "model" for name in ("calm", "killed")]
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]
    assert reproduce(prepared=prepared, model=folders[1]).identical


def done(kept: Path, least: int) -> list[int]:
    """Return how many rounds whole checkpoints have."""
    found = [int(path.name.split("-")[2]) for path in kept.glob("booster-*")] if kept.is_dir() else []
    return [rounds for rounds in found if rounds >= least]
