"""A candidate tuned by a tuning job: many trainings, and the best of them is the one that is evaluated."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.experiments.record import read_candidate
from penstock.experiments.trials import trained_archive
from penstock.platform.jobs import JobSettings, training_job
from penstock.specs import Candidate
from penstock.specs.tuning import Tuning
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.search import tuning_job
from tests.integration.local_cloud.sagemaker.conftest import IMAGE, ROLE

WIDE = Candidate(
    name="wide", algorithm="xgboost", hyperparameters={"n_estimators": 5},
    search={
        "max_depth": {"minimum": 1, "maximum": 8, "integer": True},
        "tree_method": {"choices": ["hist", "approx"]},
    },
)  # fmt: skip


def put(cloud: Any, folder: Path) -> None:
    """Store the prepared rows of a small problem."""
    random = np.random.default_rng(1)
    for part in ("train", "validation"):
        a, b = random.normal(size=(2, 300))
        pq.write_table(pa.table({"a": a, "b": b, "label": a * b > 0}), folder / f"{part}.parquet")
    columns = [InputColumn("a", "decimal"), InputColumn("b", "decimal")]
    fit_preparation(pq.read_table(folder / "train.parquet"), columns).write(folder / "preparation.json")
    for name in ("train.parquet", "validation.parquet", "preparation.json"):
        cloud.put(f"s3://b/prepared/{name}", (folder / name).read_bytes())


def test_the_best_trial_of_a_tuning_job_is_found(
    call: Callable[..., Any], settled: Callable[..., Any], cloud: Any, programs: Any, tmp_path: Path
) -> None:
    root = Path(__file__).parents[4]
    programs("train", f"import sys; sys.path.insert(0, {str(root)!r})\n"
             "from sagemaker_jobs.train import main\nsys.exit(main())\n")  # fmt: skip
    put(cloud, tmp_path)
    training = training_job(
        JobSettings(image=IMAGE, role=ROLE, key="k"), name="run-1-wide", instance="ml.m5.large",
        channels={name: f"s3://b/prepared/{name}.{'json' if name == 'preparation' else 'parquet'}"
                  for name in ("train", "validation", "preparation")},
        output_uri="s3://b/candidates/run-1-wide", max_runtime_seconds=120,
        hyperparameters={"candidate": WIDE.model_dump_json(), "metric": "auc", "seed": "7"},
        metrics=[{"Name": "validation:auc", "Regex": "validation:auc=([0-9.]+);"}],
    )  # fmt: skip
    tuning = Tuning(trials=3, parallel=2, method="random")
    call("CreateHyperParameterTuningJob",
         **tuning_job(training, candidate=WIDE, tuning=tuning, metric="auc", seed=7))  # fmt: skip
    described = settled("HyperParameterTuningJob", "run-1-wide", timeout=120)
    assert described["HyperParameterTuningJobStatus"] == "Completed", described.get("FailureReason")
    best = described["BestTrainingJob"]
    for uri in cloud.keys():
        if uri.startswith("s3://b/candidates/"):
            place = tmp_path / uri.removeprefix("s3://b/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(cloud.get(uri))
    archive = trained_archive(tmp_path / "candidates", {"job": "run-1-wide", "tuned": "jobs"}, "auc")
    record = read_candidate(archive.with_name("output.tar.gz").read_bytes())
    assert record is not None
    value = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert round(record.metrics["auc"], 6) == value
    tuned = {
        name.removeprefix("search."): json.loads(text) for name, text in best["TunedHyperParameters"].items()
    }
    assert record.candidate.hyperparameters == {"n_estimators": 5, **tuned}
    assert record.hardware.instance == "ml.m5.large"
