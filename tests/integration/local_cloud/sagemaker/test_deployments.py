"""An endpoint moves to another model: canary, linear, rollback."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from local_cloud.sagemaker.errors import ValidationException
from local_cloud.sagemaker.invocation import Prediction
from tests.integration.local_cloud.sagemaker.serving import wait_for

Call = Callable[..., dict[str, Any]]


def canary(wait: int, alarms: tuple[str, ...] = ("errors",), kind: str = "CANARY") -> dict[str, Any]:
    size = {"Type": "CAPACITY_PERCENT", "Value": 50}
    routing: dict[str, Any] = {"Type": kind, "WaitIntervalInSeconds": wait}
    if kind != "ALL_AT_ONCE":
        routing["CanarySize" if kind == "CANARY" else "LinearStepSize"] = size
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 0},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]},
    }


def test_a_canary_takes_a_share_and_then_everything(
    *,
    call: Call,
    settled: Call,
    configure: Call,
    live: dict[str, Any],
    invoke: Callable[..., Prediction],
    cloud: Any,
) -> None:
    cloud.alarms["errors"] = "OK"
    configure("next", "better")
    call("UpdateEndpoint", EndpointName="live", EndpointConfigName="next", DeploymentConfig=canary(2))

    def baking() -> bool:
        pending = call("DescribeEndpoint", EndpointName="live").get("PendingDeploymentSummary", {})
        return bool(pending) and pending["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Baking"

    wait_for(baking)
    answers = {invoke("1").body for _ in range(40)}
    assert answers == {b"good:1", b"better:1"}
    with pytest.raises(ValidationException, match="Cannot update in-progress endpoint"):
        call("UpdateEndpoint", EndpointName="live", EndpointConfigName="next")

    described = settled("Endpoint", "live")

    assert described["EndpointConfigName"] == "next"
    assert "PendingDeploymentSummary" not in described
    assert "FailureReason" not in described
    assert {invoke("1").body for _ in range(10)} == {b"better:1"}
    assert any(kind == "SageMaker Endpoint Deployment State Change" for kind, _ in cloud.events)


def test_no_request_fails_while_an_endpoint_moves(
    *,
    call: Call,
    settled: Call,
    configure: Call,
    live: dict[str, Any],
    invoke: Callable[..., Prediction],
    cloud: Any,
) -> None:
    cloud.alarms["errors"] = "OK"
    configure("next", "better")
    over, failures = threading.Event(), []

    def keep_asking() -> None:
        while not over.is_set():
            try:
                invoke("1")
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    call(
        "UpdateEndpoint",
        EndpointName="live",
        EndpointConfigName="next",
        DeploymentConfig=canary(0, kind="LINEAR"),
    )
    settled("Endpoint", "live")
    time.sleep(0.2)
    over.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_an_alarm_during_the_canary_rolls_back(
    *,
    call: Call,
    settled: Call,
    configure: Call,
    live: dict[str, Any],
    invoke: Callable[..., Prediction],
    cloud: Any,
) -> None:
    cloud.alarms["errors"] = "OK"
    configure("next", "failing")
    call("UpdateEndpoint", EndpointName="live", EndpointConfigName="next", DeploymentConfig=canary(60))
    wait_for(lambda: "PendingDeploymentSummary" in call("DescribeEndpoint", EndpointName="live"))
    cloud.alarms["errors"] = "ALARM"

    described = settled("Endpoint", "live")

    assert described["EndpointConfigName"] == "one"
    assert "ALARM status: [errors]" in described["FailureReason"]
    assert {invoke("1").body for _ in range(20)} == {b"good:1"}


def test_a_new_version_that_does_not_start_leaves_the_old_one_in_service(
    call: Call, settled: Call, configure: Call, live: dict[str, Any], invoke: Callable[..., Prediction]
) -> None:
    configure("next", "broken")
    call("UpdateEndpoint", EndpointName="live", EndpointConfigName="next")

    described = settled("Endpoint", "live")

    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "one")
    assert "ping health check" in described["FailureReason"]
    assert invoke("1").body == b"good:1"
