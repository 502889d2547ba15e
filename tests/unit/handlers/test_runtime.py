"""What handlers read from their surroundings, and how they end."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas import runtime
from lambdas.governance import dependencies as governance
from lambdas.monitoring import dependencies as monitoring
from lambdas.serving import dependencies as serving
from lambdas.training import request as training_request
from penstock.errors import InvalidSpec, NotFound, UnprovenIdentity
from penstock.governance import Caller, prove
from penstock.training.steps import run_id_of

CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="id"
)


class Clients:
    """Answers calls by name, and remembers them."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.meta = SimpleNamespace(endpoint_url="https://sts.eu-west-1.amazonaws.com")

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls.append((name, request))
            answer = self.answers.get(name)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Operation")


def install(monkeypatch: pytest.MonkeyPatch, module: Any, **answers: Any) -> Clients:
    clients = Clients(**answers)
    monkeypatch.setattr(module, "client", lambda service: clients)
    return clients


def test_a_missing_setting_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TABLE", "name")
    assert runtime.setting("SOME_TABLE") == "name"
    monkeypatch.delenv("SOME_TABLE")
    with pytest.raises(NotFound, match="environment variable SOME_TABLE"):
        runtime.setting("SOME_TABLE")


def test_the_time_is_utc_with_milliseconds() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", runtime.now())


def test_jobs_are_set_by_three_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IMAGE", "ROLE", "KEY"):
        monkeypatch.setenv(f"JOB_{name}", name.lower())
    settings = runtime.job_settings()
    assert (settings.image, settings.role, settings.key) == ("image", "role", "key")


@pytest.mark.parametrize(
    "event", [{}, {"payload": {}}, {"proof": {}}, {"proof": "x", "payload": {}}, {"proof": {}, "payload": []}]
)
def test_a_request_without_proof_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(UnprovenIdentity):
        runtime.caller(event)


def test_a_proof_for_another_payload_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, runtime)
    proof = prove(boto3.Session("AK", "secret", region_name="eu-west-1"), {"decision": "reject"})
    with pytest.raises(UnprovenIdentity, match="another request"):
        runtime.caller({"proof": proof, "payload": {"decision": "approve"}})


def test_a_training_starts_in_the_callers_name(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = install(monkeypatch, training_request, start_execution={"executionArn": "arn:x"})
    monkeypatch.setenv("WORKFLOW", "arn:workflow")
    caller = Caller(arn="arn:aws:sts::1:assumed-role/S/ann", account="1")
    monkeypatch.setattr(training_request, "caller", lambda event: caller)
    event = {"payload": {"use_case": "demo", "reason": "because"}}
    answer = training_request.handler(event, CONTEXT)
    assert answer == {"execution_arn": "arn:x", "run_id": run_id_of("demo", "arn:x"), "requested_by": "ann"}
    started = json.loads(clients.calls[0][1]["input"])
    assert (started["requested_by"], started["reason"]) == ("ann", "because")
    with pytest.raises(InvalidSpec):
        training_request.handler({"payload": {"use_case": "demo", "requested_by": "eve"}}, CONTEXT)


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_workflow_that_waits_no_longer_is_left_alone(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    install(monkeypatch, governance, send_task_success=failure(code))
    governance.StepFunctions().succeed("token", {"status": "approved"})


def test_a_workflow_that_could_not_be_told_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, governance, send_task_success=failure("ThrottlingException"))
    with pytest.raises(ClientError):
        governance.StepFunctions().succeed("token", {})


def test_an_endpoint_is_there_or_not_and_other_errors_stay_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, serving, describe_endpoint={"EndpointStatus": "Failed"})
    assert serving.LiveEndpoints().status("e") == "Failed"
    install(monkeypatch, serving, describe_endpoint=failure("ValidationException"))
    assert serving.LiveEndpoints().status("e") is None
    install(monkeypatch, serving, describe_endpoint=failure("AccessDeniedException"))
    with pytest.raises(ClientError):
        serving.LiveEndpoints().status("e")


def test_metrics_go_to_cloudwatch_as_the_job_wrote_them(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = install(monkeypatch, monitoring)
    dimensions = [{"Name": "Endpoint", "Value": "e"}]
    metric = {"name": "rows", "value": 3.0, "unit": "Count", "dimensions": dimensions}
    monitoring.CloudWatch().publish([metric] * 501)
    assert [len(request["MetricData"]) for _, request in clients.calls] == [500, 1]
    sent = clients.calls[1][1]["MetricData"][0]
    assert sent == {"MetricName": "rows", "Value": 3.0, "Unit": "Count", "Dimensions": dimensions}
