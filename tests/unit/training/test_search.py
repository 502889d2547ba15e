"""Declaring a search, and the request for a tuning job."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from pydantic import ValidationError

from penstock.errors import InvalidSpec
from penstock.evaluation.measuring import LOWER_IS_BETTER
from penstock.platform.jobs import JobSettings, training_job
from penstock.specs import Candidate
from penstock.specs.model import METRICS, MINIMISED
from penstock.specs.tuning import Range, Tuning
from penstock.training.plan import plan_run
from penstock.training.search import tried, tuning_job

SEARCH: dict[str, Any] = {
    "max_depth": {"minimum": 2, "maximum": 9, "integer": True},
    "learning_rate": {"minimum": 0.01, "maximum": 0.3, "scale": "log"},
    "booster": {"choices": ["gbtree", "dart"]},
    "max_bin": {"choices": [64, 256]},
}
WIDE = Candidate(name="wide", algorithm="xgboost", hyperparameters={"n_estimators": 50}, search=SEARCH)


def request(**tuning: Any) -> dict[str, Any]:
    training = training_job(
        JobSettings(image="i", role="arn:aws:iam::111122223333:role/jobs", key="k"),
        name="late-invoices-0123456789-wide", instance="ml.m5.xlarge", channels={"train": "s3://b/train"},
        output_uri="s3://b/out", hyperparameters={"candidate": WIDE.model_dump_json(), "seed": "7"},
        metrics=[{"Name": "validation:auc", "Regex": "validation:auc=(.*);"}], max_runtime_seconds=60,
    )  # fmt: skip
    return tuning_job(training, candidate=WIDE, tuning=Tuning(**tuning), metric="auc", seed=7)


def test_sagemaker_takes_the_request() -> None:
    service = ServiceModel(Loader().load_service_model("sagemaker", "service-2"))
    shape = service.operation_model("CreateHyperParameterTuningJob").input_shape
    for tuning in ({}, {"method": "random", "early_stopping": False, "trials": 1}):
        assert not ParamValidator().validate(request(**tuning), shape).has_errors()


def test_the_request_searches_as_declared() -> None:
    config = request(trials=9, parallel=3)["HyperParameterTuningJobConfig"]
    assert config["HyperParameterTuningJobObjective"] == {"Type": "Maximize", "MetricName": "validation:auc"}
    assert config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 3}
    ranges = config["ParameterRanges"]
    assert ranges["ContinuousParameterRanges"][0]["ScalingType"] == "Logarithmic"
    assert ranges["IntegerParameterRanges"][0]["MaxValue"] == "9"


def test_a_trials_job_reads_what_the_tuning_job_tells_it() -> None:
    ranges = request()["HyperParameterTuningJobConfig"]["ParameterRanges"]
    told = {
        **{one["Name"]: one["MinValue"] for one in ranges["IntegerParameterRanges"]},
        **{one["Name"]: one["MaxValue"] for one in ranges["ContinuousParameterRanges"]},
        **{one["Name"]: one["Values"][1] for one in ranges["CategoricalParameterRanges"]},
    }
    found = tried(WIDE, told)
    assert not found.search
    assert found.hyperparameters == {
        "n_estimators": 50, "max_depth": 2, "learning_rate": 0.3, "booster": "dart", "max_bin": 256,
    }  # fmt: skip


def test_less_is_better_of_the_same_metrics_everywhere() -> None:
    named = {name for names in METRICS.values() for name in names}
    assert named & LOWER_IS_BETTER == MINIMISED


def test_an_untuned_candidate_is_written_as_ever() -> None:
    plain = Candidate(name="a", algorithm="prior")
    assert plain.model_dump(mode="json") == {"name": "a", "algorithm": "prior", "hyperparameters": {}}
    assert Candidate.model_validate_json(WIDE.model_dump_json()) == WIDE


def test_a_tuned_candidate_is_told_how_to_search(make_use_case) -> None:
    use_case = make_use_case(candidates=[WIDE.model_dump(mode="json")], tuning={"trials": 5})
    baseline, wide = plan_run(use_case, run_id="r", arrivals=["a"]).candidates
    assert (baseline.tuned, wide.tuned) == ("", "job")
    assert json.loads(wide.hyperparameters["tuning"])["trials"] == 5
    assert Candidate.model_validate_json(wide.hyperparameters["candidate"]) == WIDE


def test_a_search_that_no_job_can_be_told_is_refused(make_use_case) -> None:
    many = {f"parameter_{n}": {"choices": ["x" * 40, "y" * 40]} for n in range(40)}
    use_case = make_use_case(candidates=[{"name": "a", "algorithm": "xgboost", "search": many}])
    with pytest.raises(InvalidSpec, match="too long"):
        plan_run(use_case, run_id="r", arrivals=["a"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum": 2, "maximum": 1},
        {"minimum": 0, "maximum": 1, "scale": "log"},
        {"minimum": 0.5, "maximum": 2, "integer": True},
    ],
)
def test_ranges_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Range.model_validate(wrong)


def test_the_baseline_is_not_tuned(make_use_case) -> None:
    baseline = {"name": "b", "algorithm": "xgboost", "search": {"eta": {"minimum": 0, "maximum": 1}}}
    with pytest.raises(ValidationError, match="baseline is not tuned"):
        make_use_case(baseline=baseline)
