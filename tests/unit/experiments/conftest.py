"""A recorded run."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.experiments import Run
from penstock.experiments.collecting import facts
from penstock.experiments.record import CandidateRecord, Hardware, RunRecord
from penstock.specs import Candidate


def candidate(name: str = "xgboost", **changes: Any) -> CandidateRecord:
    told: dict[str, Any] = {
        "job": f"demo-1-{name}",
        "candidate": Candidate(name=name, algorithm="xgboost", hyperparameters={"max_depth": 3, "eta": 0.1}),
        "problem": "binary",
        "seed": 7,
        "threads": 2,
        "code": "c" * 64,
        "libraries": {"numpy": "2.4.0", "attrs": "1.0"},
        "inputs": {"train.parquet": "a" * 64},
        "hardware": Hardware(instance="ml.m5.xlarge", processor="p", cores=4, memory_gigabytes=16.0),
        "started_at": "2026-01-01T00:01:00.000Z",
        "seconds": 90.0,
        "metrics": {"auc": 0.91},
        "files": {"model.ubj": "b" * 64},
    }
    return CandidateRecord.model_validate({**told, **changes})


def run_and_record(number: int = 1, auc: float = 0.9, **changes: Any) -> tuple[Run, RunRecord]:
    record = RunRecord.model_validate(
        {
            "run_id": f"demo-{number}", "use_case": "demo", "specification": "d", "snapshot": f"s{number}",
            "features": {"history": "s0"}, "arrivals": ("a1",), "requested_by": "dana", "metric": "auc",
            "reason": "first data", "chosen": "xgboost", "passed": True,
            "candidates": {"xgboost": candidate()}, "metrics": {"auc": auc}, "cost": {"usd": 0.00575},
            **changes,
        }
    )  # fmt: skip
    run = Run(
        run_id=record.run_id, use_case="demo", status="completed", snapshot_id=record.snapshot, digest="d",
        reason="first data", requested_by="dana", started_at=f"2026-01-0{number}T00:00:00.000Z",
        finished_at=f"2026-01-0{number}T00:05:00.000Z", execution_arn="arn:x", record=facts(record),
    )  # fmt: skip
    return run, record


@pytest.fixture
def make_run() -> Any:
    return run_and_record


@pytest.fixture
def make_candidate() -> Any:
    return candidate
