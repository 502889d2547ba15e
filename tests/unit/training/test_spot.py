"""On spare capacity boosters save themselves half-way, and their jobs have a place to do so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from penstock.platform.jobs import JobSettings
from penstock.specs import Candidate
from penstock.training.plan import plan_run, saved_half_way
from penstock.training.search import training_request


def requests(make_use_case: Any, **model: Any) -> dict[str, dict[str, Any]]:
    candidates = [
        {"name": "boosted", "algorithm": "xgboost", "hyperparameters": {"n_estimators": 500}},
        {"name": "linear", "algorithm": "logistic_regression"},
    ]
    use_case = make_use_case(candidates=candidates, **model)
    plan = plan_run(use_case, run_id="r", arrivals=["a"])
    settings = JobSettings(image="i", role="arn:aws:iam::111122223333:role/jobs", key="k")
    return {
        one.name: training_request(settings, plan, one, tuning=use_case.model.tuning, root="s3://b/runs/u/r")
        for one in plan.candidates
    }


def test_a_booster_on_spare_capacity_saves_itself_where_its_next_attempt_looks(make_use_case: Any) -> None:
    found = requests(make_use_case, spot=True)
    assert found["boosted"]["CheckpointConfig"] == {
        "S3Uri": "s3://b/runs/u/r/checkpoints/r-boosted", "LocalPath": "/opt/ml/checkpoints",
    }  # fmt: skip
    told = json.loads(found["boosted"]["HyperParameters"]["candidate"])["hyperparameters"]
    assert told == {"n_estimators": 500, "checkpoint_rounds": 100}
    assert "CheckpointConfig" not in found["linear"]
    assert all(one["EnableManagedSpotTraining"] for one in found.values())


def test_without_spare_capacity_a_booster_is_grown_in_one_piece(make_use_case: Any) -> None:
    found = requests(make_use_case)
    assert all("CheckpointConfig" not in one for one in found.values())
    assert "checkpoint_rounds" not in found["boosted"]["HyperParameters"]["candidate"]


@pytest.mark.parametrize(
    ("parameters", "search", "every"),
    [
        ({"n_estimators": 7}, {}, 10),
        ({"checkpoint_rounds": 3}, {}, 3),
        ({"boosting": "dart"}, {}, None),
        ({}, {"booster": {"choices": ["gbtree", "dart"]}}, None),
        ({}, {"n_estimators": {"minimum": 50, "maximum": 900, "integer": True}}, 180),
    ],
)
def test_pieces_follow_the_trees_and_the_way_of_boosting(
    parameters: dict[str, Any], search: dict[str, Any], every: int | None
) -> None:
    asked = Candidate.model_validate(
        {"name": "c", "algorithm": "lightgbm", "hyperparameters": parameters, "search": search}
    )
    assert saved_half_way(asked).hyperparameters.get("checkpoint_rounds") == every
