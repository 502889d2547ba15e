"""Planning a run, as light as a Lambda handler needs it."""

from __future__ import annotations

import json
import re

import pytest

from penstock.errors import InvalidSpec
from penstock.specs import UseCase
from penstock.training.plan import ChampionRef, job_name, plan_run

JOB = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


def test_a_plan_names_every_job_once_and_validly(make_use_case):
    plan = plan_run(make_use_case(), run_id="run-20260101-abc", arrivals=["a1", "a2"])
    jobs = [candidate.job for candidate in plan.candidates] + [plan.prepare_job, plan.evaluate_job]
    assert len(set(jobs)) == len(jobs)
    assert all(JOB.fullmatch(job) for job in jobs)
    assert [candidate.baseline for candidate in plan.candidates] == [True, False]


@pytest.mark.parametrize("part", ["a_b", "a-b", "a__b", "x" * 70, "ends_"])
def test_job_names_are_valid_and_stable(part):
    name = job_name("run-1", part)
    assert JOB.fullmatch(name)
    assert name == job_name("run-1", part)


def test_different_candidates_never_share_a_job_name():
    names = {job_name("run", part) for part in ("a_b", "a-b", "a__b", "a_b_")}
    assert len(names) == 4


def test_hyperparameters_are_strings_that_sagemaker_takes(make_use_case):
    for candidate in plan_run(make_use_case(), run_id="r", arrivals=["a"]).candidates:
        assert all(isinstance(v, str) and len(v) <= 2_500 for v in candidate.hyperparameters.values())
        assert json.loads(candidate.hyperparameters["candidate"])["name"] == candidate.name


def test_requests_carry_the_champion_and_the_newest_arrival(make_use_case):
    plan = plan_run(make_use_case(), run_id="r", arrivals=["a1", "a2"], champion=ChampionRef(version="3"))
    assert plan.evaluate_request["champion"] == {"version": "3"}
    assert plan.prepare_request["recent_arrival_id"] == "a2"
    assert json.loads(json.dumps(plan.evaluate_request))["baseline"] == "baseline"


def test_overrides_replace_candidates_and_thin_rows(make_use_case):
    weak = {"name": "weak", "algorithm": "xgboost", "hyperparameters": {"n_estimators": 1}}
    plan = plan_run(
        make_use_case(), run_id="r", arrivals=["a"], overrides={"candidates": [weak], "train_rows": 50}
    )
    assert [candidate.name for candidate in plan.candidates] == ["baseline", "weak"]
    assert plan.prepare_request["train_rows"] == 50
    assert plan.evaluate_request["use_case"]["model"]["candidates"][0]["name"] == "weak"


@pytest.mark.parametrize(
    "overrides", [{"seed": 1}, {"train_rows": 0}, {"candidates": [{"name": "x", "algorithm": "magic"}]}]
)
def test_other_overrides_are_refused(make_use_case, overrides):
    with pytest.raises(InvalidSpec):
        plan_run(make_use_case(), run_id="r", arrivals=["a"], overrides=overrides)


def test_metric_definitions_read_what_the_job_prints(make_use_case):
    line = "validation:auc=0.912345; validation:log_loss=1.2e-05;"
    found = {
        d["Name"]: re.search(d["Regex"], line)
        for d in plan_run(make_use_case(), run_id="r", arrivals=["a"]).metric_definitions
    }
    assert found["validation:auc"][1] == "0.912345"
    assert found["validation:log_loss"][1] == "1.2e-05"


def limited(use_case, dollars, **changes):
    document = use_case.model_dump(mode="json")
    document["model"] |= {"max_training_dollars": dollars, **changes}
    return UseCase.model_validate(document)


def test_money_limits_the_time_of_all_jobs_together(make_use_case):
    use_case = make_use_case()
    jobs = 1 + len(use_case.model.candidates)
    prices = {use_case.model.training_instance: 0.36}
    plan = plan_run(limited(use_case, 0.0001 * 120 * jobs), run_id="r", arrivals=["a"], prices=prices)
    assert plan.max_runtime_seconds == 120
    rich = plan_run(limited(use_case, 1_000), run_id="r", arrivals=["a"], prices=prices)
    assert rich.max_runtime_seconds == use_case.model.max_runtime_seconds


@pytest.mark.parametrize(
    ("dollars", "prices", "message"),
    [(0.001, None, "does not pay"), (1, {"ml.huge": 3}, "no known price")],
)
def test_too_little_money_is_refused_before_anything_is_paid(make_use_case, dollars, prices, message):
    with pytest.raises(InvalidSpec, match=message):
        plan_run(limited(make_use_case(), dollars), run_id="r", arrivals=["a"], prices=prices)


def test_every_trial_of_a_tuning_job_counts(make_use_case):
    use_case = make_use_case()
    candidate = {
        "name": "forest", "algorithm": "random_forest",
        "search": {"max_depth": {"minimum": 2, "maximum": 9, "integer": True}},
    }  # fmt: skip
    for place, jobs in (("job", 2), ("jobs", 11)):
        asked = limited(
            use_case,
            1.1,
            candidates=[candidate],
            tuning={"trials": 10, "place": place},
            max_runtime_seconds=9_000,
        )
        plan = plan_run(asked, run_id="r", arrivals=["a"], prices={asked.model.training_instance: 3.6})
        assert plan.max_runtime_seconds == 1_100 // jobs
