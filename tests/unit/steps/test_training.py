"""When a training is due, what it asks of SageMaker, and what comes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import Conflict, FeaturesPending, InvalidSpec, TrainingRefused
from penstock.features.materialisations import ViewPlace
from penstock.models import Stage
from penstock.training.steps import run_id_of

NEW = {"use_case": "demo_case"}
ASKED = {**NEW, "reason": "better data", "requested_by": "ann", "overrides": {}}
E1, E2 = (f"arn:aws:states:eu-west-1:111122223333:execution:training:{n}" for n in (1, 2))
FAILURE = {
    "Error": "States.TaskFailed",
    "Cause": '{"FailureReason": "AlgorithmError: TrainingRefused: one class"}',
}


@pytest.fixture
def ready(world: Any) -> Any:
    world.register()
    world.snapshot("a")
    world.snapshot("b")
    return world


def evaluated(world: Any, planned: dict[str, Any], passed: bool = True) -> dict[str, Any]:
    folder = f"runs/demo_case/{planned['run_id']}/evaluation"
    check = {"check": "minimum auc", "value": 0.6, "limit": 0.7, "passed": passed, "reason": "auc is too low"}
    world.package(planned["run_id"])
    world.write(f"{folder}/verdict.json", {"passed": passed, "chosen": "linear", "checks": [check]})
    value = {"value": 0.8125, "low": 0.8, "high": 0.83}
    world.write(f"{folder}/metrics.json", {"models": {"linear": {"test": {"auc": value}}}})
    for name in ("evaluation", "statistics", "constraints", "analysis"):
        world.write(f"{folder}/{name}.json", {"version": 0})
    return {key: value for key, value in planned.items() if key not in {"prepare", "train", "evaluate"}}


def test_the_first_training_waits_for_enough_arrivals(world: Any) -> None:
    world.register()
    with pytest.raises(TrainingRefused):
        world.training.plan(NEW, E1)
    world.snapshot("a")
    assert world.training.plan(NEW, E1) == {"route": "not_due", "use_case": "demo_case"}
    world.snapshot("b")
    planned = world.training.plan(NEW, E1)
    assert (planned["route"], planned["requested_by"]) == ("train", "dana")
    assert world.runs.runs("demo_case")[0].reason == "first data"


def test_a_repeated_plan_plans_the_same_run(ready: Any) -> None:
    assert ready.training.plan(NEW, E1) == ready.training.plan(NEW, E1)
    assert len(ready.runs.runs("demo_case")) == 1
    assert ready.actions() == ["training started"]


def test_later_data_starts_no_training_by_itself(ready: Any) -> None:
    ready.training.plan(NEW, E1)
    ready.snapshot("c")
    assert ready.training.plan(NEW, E2)["route"] == "not_due"


def test_features_of_an_older_snapshot_start_no_training(ready: Any) -> None:
    assert ready.training.plan({**NEW, "snapshot_id": "0123456789abcdef"}, E1)["route"] == "not_due"
    head = ready.catalog.head("demo_case", "invoices").id
    assert ready.training.plan({**NEW, "snapshot_id": head}, E1)["route"] == "train"


def test_a_training_waits_for_the_features_of_the_newest_rows(ready: Any) -> None:
    ready.snapshot("c", features=False)
    with pytest.raises(FeaturesPending):
        ready.training.plan(ASKED, E1)
    assert not ready.runs.runs("demo_case")


def test_a_failed_first_training_is_tried_again_with_the_next_data(ready: Any) -> None:
    ready.training.plan(NEW, E1)
    ready.training.fail(NEW, FAILURE, E1)
    ready.snapshot("c")
    assert ready.training.plan(NEW, E2)["route"] == "train"


def test_two_first_trainings_at_once_are_one(ready: Any) -> None:
    ready.runs.claim("demo_case", "other", at=ready.clock(), until="2027-01-01T00:00:00.000Z")
    assert ready.training.plan(NEW, E1)["route"] == "not_due"


def test_who_asks_for_a_training_gets_it_or_is_told_why_not(ready: Any) -> None:
    planned = ready.training.plan(ASKED, E1)
    assert (planned["requested_by"], planned["run_id"]) == ("ann", run_id_of("demo_case", E1))
    with pytest.raises(Conflict, match=planned["run_id"]):
        ready.training.plan(ASKED, E2)
    ready.clock.forward(days=1)
    assert ready.training.plan(ASKED, E2)["route"] == "train"


def test_wrong_overrides_leave_the_use_case_free(ready: Any) -> None:
    with pytest.raises(InvalidSpec):
        ready.training.plan({**ASKED, "overrides": {"seed": 1}}, E1)
    assert ready.runs.active("demo_case", at=ready.clock()) == ""


def test_a_plan_that_breaks_off_after_its_claim_lets_the_next_run_in(ready: Any) -> None:
    ready.runs.claim(
        "demo_case", run_id_of("demo_case", E1), at=ready.clock(), until="2027-01-01T00:00:00.000Z"
    )
    ready.training.fail(ASKED, FAILURE, E1)
    assert ready.training.plan(ASKED, E2)["route"] == "train"


def test_every_request_is_one_that_sagemaker_takes(ready: Any, valid: Any) -> None:
    ready.champion("r0")
    planned = ready.training.plan({**ASKED, "overrides": {"train_rows": 50}}, E1)
    for request in (planned["prepare"], planned["evaluate"]):
        valid("sagemaker", "CreateProcessingJob", request)
    for request in planned["train"]:
        valid("sagemaker", "CreateTrainingJob", request)
    sources = {source["InputName"]: source["S3Input"] for source in planned["evaluate"]["ProcessingInputs"]}
    assert sources["champion"]["S3Uri"].endswith("runs/demo_case/r0/model/model.tar.gz")
    home = f"runs/demo_case/{planned['run_id']}"
    assert json.loads(ready.artifacts.read(f"{home}/requests/prepare/request.json"))["train_rows"] == 50
    head = ready.catalog.head("demo_case", "invoices")
    assert json.loads(ready.artifacts.read(f"{home}/data.manifest"))[1:] == [part.key for part in head.parts]


def test_a_view_of_another_dataset_is_read_from_that_datasets_snapshot(world: Any) -> None:
    view = {
        "name": "history",
        "entity": {"name": "c", "key": "customer"},
        "dataset": "payments",
        "timestamp": "day",
        "features": [{"name": "n", "aggregate": "count"}],
    }
    world.register(features=[view])
    world.snapshot("a")
    with pytest.raises(TrainingRefused, match="history"):
        world.training.plan(ASKED, E1)
    other = world.snapshot("p", dataset="payments")
    planned = world.training.plan(ASKED, E1)
    sources = {source["InputName"]: source["S3Input"] for source in planned["prepare"]["ProcessingInputs"]}
    key = f"runs/demo_case/{planned['run_id']}/features.manifest"
    assert (sources["features"]["S3Uri"], sources["features"]["S3DataType"]) == (
        f"{world.artifacts.uri}/{key}",
        "ManifestFile",
    )
    prefix, name = json.loads(world.artifacts.read(key))
    assert prefix == {"prefix": f"{world.lake.uri}/features/demo_case/"}
    assert name == f"history/v1/data/year=2026/month=03/{other.id}.parquet"


def test_which_features_a_version_was_trained_with_is_recorded(ready: Any) -> None:
    planned = ready.training.plan(NEW, E1)
    pinned = ready.materialisations.newest(ViewPlace("demo_case", "history", 1))
    assessed = ready.training.assess(evaluated(ready, planned))
    answer = {**{key: value for key, value in assessed.items() if key != "package"}, "package_arn": "arn:p"}
    ready.training.register(answer)
    used = ready.feature_catalogue.used_by("demo_case", 1)
    (view,) = used.views
    assert (view.view, view.version, tuple(view.features)) == ("history", 1, ("mean_amount",))
    sources = {edge.source for edge in ready.catalog.lineage.upstream("model:demo_case/1").edges}
    assert f"features:demo_case/history_v1/{pinned.id}" in sources


@pytest.mark.parametrize(
    ("passed", "stage", "approval", "action"),
    [
        (True, Stage.PENDING_APPROVAL, "PendingManualApproval", "model registered"),
        (False, Stage.REFUSED, "Rejected", "model refused"),
    ],
)
def test_an_evaluation_makes_one_version_however_often_it_is_read(  # noqa: PLR0917 (pytest passes them by name)
    ready: Any, valid: Any, passed: bool, stage: Stage, approval: str, action: str
) -> None:
    facts = evaluated(ready, ready.training.plan(NEW, E1), passed)
    assessed = ready.training.assess(facts)
    assert ready.training.assess(facts) == assessed
    valid("sagemaker", "CreateModelPackage", assessed["package"])
    assert assessed["package"]["ModelApprovalStatus"] == approval
    answer = {**{key: value for key, value in assessed.items() if key != "package"}, "package_arn": "arn:p"}
    assert ready.training.register(answer) == ready.training.register(answer)
    (version,) = ready.models.versions("demo_case")
    assert (version.stage, version.package_arn, version.metrics["auc"]["value"]) == (stage, "arn:p", 0.8125)
    assert ("auc is too low" in version.history[0].reason) is not passed
    (run,) = ready.runs.runs("demo_case")
    assert (run.status, run.summary["version"]) == ("completed", 1)
    assert ready.actions() == ["training started", action]
    assert ready.training.plan(ASKED, E2)["route"] == "train"


def test_an_approved_version_is_not_rejected_by_a_repeated_assessment(ready: Any) -> None:
    facts = evaluated(ready, ready.training.plan(NEW, E1))
    ready.training.assess(facts)
    ready.models.move("demo_case", 1, Stage.APPROVED, by="priya", at=ready.clock())
    assert ready.training.assess(facts)["package"]["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_failure_is_recorded_once_and_lets_the_next_run_in(ready: Any) -> None:
    ready.training.plan(NEW, E1)
    told = [ready.training.fail(NEW, FAILURE, E1) for _ in range(2)]
    assert told[0] == told[1]
    assert (told[0]["error"], told[0]["message"]) == ("TrainingRefused", "one class")
    assert ready.runs.runs("demo_case")[0].status == "failed"
    assert ready.actions() == ["training started", "training failed"]
    assert ready.training.plan(ASKED, E2)["route"] == "train"


def test_a_run_that_never_started_leaves_the_running_one_alone(ready: Any) -> None:
    ready.training.plan(NEW, E1)
    ready.training.fail(ASKED, {"Error": "Conflict"}, E2)
    assert ready.runs.active("demo_case", at=ready.clock()) == run_id_of("demo_case", E1)
    assert [run.status for run in ready.runs.runs("demo_case")] == ["running"]


WIDE = {
    "name": "wide",
    "algorithm": "xgboost",
    "search": {"max_depth": {"minimum": 2, "maximum": 9, "integer": True}},
}


@pytest.mark.parametrize("place", ["job", "jobs"])
def test_a_tuned_candidate_has_its_checkpoint_or_its_tuning_job(world: Any, valid: Any, place: str) -> None:
    world.register()
    model = world.catalog.use_case("demo_case").model_dump(mode="json")["model"]
    world.register(model={**model, "candidates": [WIDE], "tuning": {"place": place}, "spot": True})
    world.snapshot("a")
    world.snapshot("b")
    planned = world.training.plan(ASKED, E1)
    baseline, wide = planned["train"]
    home = f"runs/demo_case/{planned['run_id']}"
    valid("sagemaker", "CreateTrainingJob", baseline)
    assert baseline["EnableManagedSpotTraining"] is True
    assert "CheckpointConfig" not in baseline
    request = json.loads(world.artifacts.read(f"{home}/requests/evaluate/request.json"))
    assert [one["tuned"] for one in request["candidates"]] == ["", place]
    if place == "job":
        valid("sagemaker", "CreateTrainingJob", wide)
        assert wide["CheckpointConfig"]["S3Uri"].endswith(f"{home}/checkpoints/{wide['TrainingJobName']}")
    else:
        valid("sagemaker", "CreateHyperParameterTuningJob", wide)
        output = wide["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"]
        assert output.endswith(f"{home}/candidates/{request['candidates'][1]['job']}")


def test_an_assessed_run_is_on_record(ready: Any) -> None:
    facts = evaluated(ready, ready.training.plan(ASKED, E1))
    ready.training.assess(facts)
    (run,) = ready.runs.runs("demo_case")
    assert (run.record["metrics.auc"], run.record["chosen"]) == (0.8125, "linear")
    record = json.loads(ready.artifacts.read(f"runs/demo_case/{run.run_id}/model/run.json"))
    head = ready.catalog.head("demo_case", "invoices").id
    assert (record["snapshot"], record["requested_by"]) == (head, "ann")
    assert record["arrivals"] == list(run.arrivals)
    assert record["features"] == run.features != {}


def test_a_run_is_told_to_mlflow_and_a_failing_server_undoes_nothing(ready: Any, tmp_path: Path) -> None:
    for address, told in ((str(tmp_path / "mlruns"), str(tmp_path)), ("http://127.0.0.1:9", "failed: ")):
        training = replace(ready.training, mlflow=address)
        planned = training.plan(ASKED, f"{E1}{len(address)}")
        assessed = training.assess(evaluated(ready, planned))
        training.register({**{k: v for k, v in assessed.items() if k != "package"}, "package_arn": "arn:p"})
        run = ready.runs.find(planned["run_id"], ["demo_case"])
        assert run.status == "completed"
        assert run.record["mlflow"].startswith(told)


def test_the_versions_before_are_measured_again_on_the_newest_rows(ready: Any) -> None:
    assessed = ready.training.assess(evaluated(ready, ready.training.plan(NEW, E1)))
    registered = {**assessed, "package_arn": "arn:p"}
    ready.write(f"runs/demo_case/{assessed['run_id']}/features.json", {"views": [], "on_demand": []})
    ready.training.register(registered)
    planned = ready.training.plan(ASKED, E2)
    inputs = {one["InputName"]: one["S3Input"]["S3Uri"] for one in planned["evaluate"]["ProcessingInputs"]}
    assert inputs["earlier-1"].endswith(ready.models.version("demo_case", 1).model_key)
    request = json.loads(
        ready.artifacts.read(f"runs/demo_case/{planned['run_id']}/requests/evaluate/request.json")
    )
    (one,) = request["earlier"]
    assert (one["version"], one["serves"], len(one["sha256"])) == ("1", False, 64)
    assert [age["age_days"] for age in request["history"]["ages"]] == [0.0]
    assert request["history"]["at"]


def test_an_imported_model_is_a_candidate_with_its_file_and_without_network(ready: Any, valid: Any) -> None:
    source = {"format": "skops", "file": "theirs.skops", "sha256": "a" * 64, "bytes": 9, "trusted": ["x.Y"]}
    candidate = {"name": "theirs", "algorithm": "imported", "source": source}
    planned = ready.training.plan({**ASKED, "overrides": {"candidates": [candidate]}}, E1)
    baseline, theirs = planned["train"]
    assert "EnableNetworkIsolation" not in baseline
    assert theirs["EnableNetworkIsolation"] is True
    channels = {one["ChannelName"]: one["DataSource"]["S3DataSource"] for one in theirs["InputDataConfig"]}
    key = f"imports/demo_case/{'a' * 64}/theirs.skops"
    assert channels["imported"]["S3Uri"] == f"{ready.training.artifacts.uri}/{key}"
    valid("sagemaker", "CreateTrainingJob", theirs)
    [started] = [one for one in ready.audit.records("demo_case") if one.action == "training started"]
    told = started.details["imported"]["theirs"]
    assert (told["sha256"], told["trusted"], told["allow_pickle"]) == ("a" * 64, ["x.Y"], False)
