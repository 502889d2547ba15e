"""How a version comes to its endpoint, and how it ends when it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from penstock.errors import InvalidSpec, NotPermitted
from penstock.models import Stage

DETAIL = {"use_case": "demo_case", "version": 1}
E1, E2 = (f"arn:aws:states:eu-west-1:111122223333:execution:deployment:{n}" for n in (1, 2))
DEPLOYABLE = {Stage.APPROVED, Stage.CHAMPION, Stage.RETIRED, Stage.ROLLED_BACK, Stage.FAILED, Stage.DEPLOYING}


@pytest.fixture
def approved(world: Any) -> Any:
    world.register()
    world.version(Stage.PENDING_APPROVAL)
    world.models.move("demo_case", 1, Stage.APPROVED, by="priya", at=world.clock())
    return world


def described(planned: dict[str, Any], status: str = "InService", config: str = "") -> dict[str, Any]:
    return {
        "EndpointStatus": status,
        "EndpointConfigName": config or planned["endpoint_config"],
        "FailureReason": "why",
    }


def test_every_request_is_one_that_aws_takes(approved: Any, valid: Any) -> None:
    planned = approved.deployment.plan({**DETAIL, "environment": {"PENSTOCK_MAX_BATCH_ROWS": 5}}, E1)
    valid("sagemaker", "CreateProcessingJob", planned["smoke"])
    valid("sagemaker", "CreateModel", planned["model"])
    valid("sagemaker", "CreateEndpointConfig", planned["config"])
    valid("sagemaker", "UpdateEndpoint", planned["update"])
    names = {"EndpointName": planned["endpoint"], "EndpointConfigName": planned["endpoint_config"]}
    valid("sagemaker", "CreateEndpoint", names)
    for alarm in planned["alarms"]:
        valid("cloudwatch", "PutMetricAlarm", alarm)
    assert planned["model"]["PrimaryContainer"]["Environment"]["PENSTOCK_MAX_BATCH_ROWS"] == "5"
    source = planned["smoke"]["ProcessingInputs"][0]["S3Input"]["S3Uri"].removeprefix(
        f"{approved.artifacts.uri}/"
    )
    assert json.loads(approved.artifacts.read(source))["version"] == 1
    json.dumps(planned)


def test_a_repeated_plan_is_the_same_though_the_stage_has_moved(approved: Any) -> None:
    first = approved.deployment.plan(DETAIL, E1)
    assert approved.deployment.plan(DETAIL, E1) == first
    assert (first["route"], first["was"]) == ("create", "approved")
    assert [change.stage for change in approved.models.version("demo_case", 1).history][1:] == [
        "approved",
        "deploying",
    ]
    assert approved.actions() == ["deployment started"]


def test_another_run_makes_other_names_and_updates_what_is_there(approved: Any) -> None:
    first = approved.deployment.plan(DETAIL, E1)
    approved.endpoints.names.add(first["endpoint"])
    second = approved.deployment.plan(DETAIL, E2)
    assert second["route"] == "update"
    assert second["endpoint"] == first["endpoint"]
    assert second["endpoint_config"] != first["endpoint_config"]
    assert second["smoke"]["ProcessingJobName"] != first["smoke"]["ProcessingJobName"]


def test_an_endpoint_that_never_came_up_is_replaced(approved: Any) -> None:
    approved.endpoints.failed.add(approved.deployment.plan(DETAIL, E1)["endpoint"])
    assert approved.deployment.plan(DETAIL, E2)["route"] == "replace"


@pytest.mark.parametrize("stage", list(Stage))
def test_only_what_was_approved_once_is_deployed(world: Any, stage: Stage) -> None:
    world.register()
    world.version(stage)
    if stage in DEPLOYABLE:
        assert world.deployment.plan(DETAIL, E1)["version"] == 1
    else:
        with pytest.raises(NotPermitted):
            world.deployment.plan(DETAIL, E1)


def test_only_known_variables_may_be_set(approved: Any) -> None:
    with pytest.raises(InvalidSpec, match="LD_PRELOAD"):
        approved.deployment.plan({**DETAIL, "environment": {"LD_PRELOAD": "x"}}, E1)
    assert approved.models.version("demo_case", 1).stage is Stage.APPROVED


def test_a_rollout_that_ends_well_crowns_the_version(approved: Any) -> None:
    planned = approved.deployment.plan(DETAIL, E1)
    done = [approved.deployment.complete(planned, described(planned)) for _ in range(2)]
    assert done[0] == done[1]
    assert done[0]["outcome"] == "deployed"
    assert approved.models.champion("demo_case").version == 1
    assert approved.actions() == ["deployment started", "version deployed"]


@pytest.mark.parametrize(
    ("status", "config", "outcome", "stage"),
    [
        ("InService", "old", "rolled_back", Stage.ROLLED_BACK),
        ("Failed", "", "failed", Stage.FAILED),
        ("UpdateRollbackFailed", "", "failed", Stage.FAILED),
    ],
)
def test_a_rollout_that_ends_badly_leaves_the_old_champion(
    approved: Any, status: str, config: str, outcome: str, stage: Stage
) -> None:
    old = approved.champion("r2").version
    planned = approved.deployment.plan(DETAIL, E1)
    done = [approved.deployment.complete(planned, described(planned, status, config)) for _ in range(2)]
    assert done[0] == done[1]
    assert (done[0]["outcome"], done[0]["message"]) == (outcome, "why")
    assert approved.models.version("demo_case", 1).stage is stage
    assert approved.models.champion("demo_case").version == old
    assert approved.actions() == ["deployment started", f"deployment {outcome}"]


def test_a_champion_whose_redeployment_fails_stays_champion(world: Any) -> None:
    world.register()
    world.champion()
    planned = world.deployment.plan({**DETAIL, "requested_by": "ann", "reason": "more rows"}, E1)
    assert planned["was"] == "champion"
    world.deployment.complete(planned, described(planned, config="old"))
    world.deployment.fail(DETAIL, {"Error": "X"})
    assert world.models.champion("demo_case").version == 1
    assert world.models.version("demo_case", 1).stage is Stage.CHAMPION


def test_a_deployment_that_breaks_off_can_be_tried_again(approved: Any) -> None:
    approved.deployment.plan(DETAIL, E1)
    failure = {"Error": "States.TaskFailed", "Cause": '{"ExitMessage": "SmokeTestFailed: row 3 differs"}'}
    told = [approved.deployment.fail(DETAIL, failure) for _ in range(2)]
    assert told[0] == told[1]
    assert (told[0]["error"], told[0]["message"]) == ("SmokeTestFailed", "row 3 differs")
    assert approved.models.version("demo_case", 1).stage is Stage.FAILED
    assert approved.deployment.plan(DETAIL, E2)["was"] == "failed"


def test_a_deployment_of_nothing_is_recorded_too(world: Any) -> None:
    told = world.deployment.fail({**DETAIL, "version": 9}, {"Error": "NotFound", "Cause": "no such version"})
    assert (told["outcome"], world.actions()) == ("failed", ["deployment failed"])
