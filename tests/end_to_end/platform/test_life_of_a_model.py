"""One model from its first approval over drift, retraining and a failed challenger to a rollback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from penstock.demo.traffic import flowing
from penstock.models import ModelVersion, Stage
from penstock.serving.client import EndpointClient
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.world import World, eventually

NAME, ENDPOINT = "pilot", "penstock-pilot"


def _captured(world: World) -> int:
    """Count the requests whose capture lies in the bucket."""
    keys = list(world.engineer.artifacts.keys(f"capture/{NAME}/"))
    return sum(world.engineer.artifacts.read(key).count(b"\n") for key in keys)


def _await_capture(world: World, requests: int) -> None:
    """Wait for the capture, which is written in batches some time after the answers."""
    eventually(lambda: _captured(world) >= requests, f"{requests} captured requests")


def _live_config(world: World) -> str:
    return str(world.aws("sagemaker").describe_endpoint(EndpointName=ENDPOINT)["EndpointConfigName"])


@pytest.fixture(scope="module")
def client(world: World, pilot: ModelVersion) -> EndpointClient:
    """Return the endpoint as an application of the data scientist uses it."""
    return EndpointClient(world.dana, NAME)


@pytest.fixture(scope="module")
def drift(world: World, client: EndpointClient) -> dict[str, Any]:
    """Send traffic of another world, and run the monitoring."""
    client.predict(use_cases.drifted(80), batch_rows=20)
    _await_capture(world, 4)
    return world.run("monitoring", {"use_case": NAME})


@pytest.fixture(scope="module")
def challenger(world: World, drift: dict[str, Any]) -> ModelVersion:
    """Return the version that the drift has brought about."""
    return world.version(NAME, 2)


def test_an_approved_version_answers_with_the_features_of_the_online_store(
    world: World, client: EndpointClient
) -> None:
    answers = client.predict(
        [{"meter": "M1", "amount": 95.0, "colour": "red"}, {"meter": "M2", "amount": 3.0}]
    )
    assert [answer["label"] for answer in answers] == [1, 0]
    deployed = world.ended_run("deployment", '"pilot"')
    assert world.entered(deployed["executionArn"])[-1] == "Deployed"


def test_drift_is_stored_told_and_starts_one_training(
    world: World, drift: dict[str, Any], challenger: ModelVersion
) -> None:
    assert drift["status"] == "SUCCEEDED", drift
    assert world.inbox.told("drift", "amount")
    windows = list(world.engineer.items("monitoring").query(f"usecase#{NAME}", prefix="window#"))
    assert [(window["version"], window["drifted"] != []) for window in windows] == [(1, True)]
    assert windows[0]["rows"] >= 80
    assert challenger.requested_by == "dana"
    assert "retraining started" in world.actions(NAME)


def test_the_version_that_serves_is_measured_again_beside_its_challenger(
    world: World, challenger: ModelVersion
) -> None:
    artifacts = world.engineer.artifacts
    aged = json.loads(artifacts.read(f"{challenger.evaluation_prefix}/staleness.json"))
    ages = [one["age_days"] for one in aged["measurements"] if one["version"] == "1"]
    assert ages[0] == 0
    assert 0 < ages[1] < 1
    assert aged["newest"] is not None


def test_drift_again_while_the_challenger_waits_trains_nothing(
    world: World, challenger: ModelVersion
) -> None:
    event = {"detail": {"use_case": NAME, "violations": 3, "drifted": ["amount"], "report_prefix": "another"}}
    done = world.run("retraining", event)
    assert world.entered(done["executionArn"])[-1] == "NotNow"
    assert len(world.runs.runs(NAME)) == 2


def test_traffic_that_is_too_little_gives_no_verdict(
    world: World, client: EndpointClient, challenger: ModelVersion
) -> None:
    before = _captured(world)
    client.predict(use_cases.drifted(3))
    _await_capture(world, before + 1)
    done = world.run("monitoring", {"use_case": NAME})
    entered = world.entered(done["executionArn"])
    assert done["status"] == "SUCCEEDED"
    assert "PublishDrift" not in entered
    assert "PublishCompleted" in entered


def test_a_version_that_fails_its_smoke_test_leaves_the_endpoint_alone(
    world: World, pilot: ModelVersion, challenger: ModelVersion
) -> None:
    before = _live_config(world)
    artifacts, key = world.engineer.artifacts, f"{challenger.evaluation_prefix}/samples.json"
    samples = json.loads(artifacts.read(key))
    for prediction in samples["predictions"]:
        prediction["score"] = 1 - prediction["score"]
    artifacts.write(key, json.dumps(samples).encode(), content_type="application/json")
    asked = world.pending(NAME, 2)
    world.priya.call(
        "decide_approval", {"approval_id": asked.approval_id, "decision": "approve", "reason": "reviewed"}
    )
    version = world.version(NAME, 2, Stage.FAILED)
    assert "SmokeTestFailed" in version.history[-1].reason
    assert world.inbox.told("a deployment failed", "Version 2 of pilot")
    assert _live_config(world) == before
    assert (champion := world.models.champion(NAME)) is not None
    assert champion.version == 1


def test_a_canary_that_refuses_requests_is_rolled_back_by_itself(
    world: World, client: EndpointClient
) -> None:
    before, rows = _live_config(world), use_cases.drifted(200)
    with flowing(client, rows) as traffic:
        answer = world.dana.call(
            "request_deployment",
            {
                "use_case": NAME,
                "version": 1,
                "reason": "a mis-set limit",
                "environment": {"PENSTOCK_MAX_BATCH_ROWS": "1"},
            },
        )
        done = world.ended(answer["execution_arn"])
    assert done["status"] == "SUCCEEDED", done
    assert world.entered(done["executionArn"])[-1] == "RolledBack"
    assert world.inbox.told("rolled back", "Version 1 of pilot")
    assert "deployment rolled_back" in world.actions(NAME)
    assert _live_config(world) == before
    assert traffic.answered > 0
    assert eventually(lambda: client.predict(use_cases.drifted(20)), "the old fleet to answer alone")


def test_what_was_never_approved_is_not_deployed(world: World) -> None:
    answer = world.dana.call("request_deployment", {"use_case": "strict", "version": 1, "reason": "please"})
    assert world.ended(answer["execution_arn"])["status"] == "FAILED"
    assert world.inbox.told("a deployment failed", "Version 1 of strict", "Only an approved version")
    with pytest.raises(ClientError):
        world.aws("sagemaker").describe_endpoint(EndpointName="penstock-strict")
