"""A function sees what it will see on AWS, and fails as it would there."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from local_cloud.lifecycle import Cloud

Invoke = Callable[..., tuple[str | None, Any]]


def test_a_function_sees_its_code_and_the_runtime_alone(invoke: Invoke) -> None:
    _, seen = invoke("look")
    outside = [path for path in seen["path"] if "site-packages" in path and "lambda-runtime" not in path]
    assert outside == []
    assert seen["boto3"]
    assert 0 < seen["remaining"] <= 5000


def test_no_variable_of_the_developer_reaches_a_function(invoke: Invoke) -> None:
    _, seen = invoke("look")
    names = set(seen["environment"])
    assert {"TABLE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT"} <= names
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST", "USER", "PENSTOCK_STATE"} & names


@pytest.mark.parametrize("module", ["duckdb", "pydantic", "local_cloud", "ministack", "pytest"])
def test_a_module_that_is_not_deployed_is_missing(invoke: Invoke, module: str) -> None:
    error, payload = invoke("load", module=module)
    assert error == "Unhandled"
    assert payload["errorType"] == "ModuleNotFoundError"


def test_a_layer_is_built_from_its_lock_and_a_cold_start_takes_less_than_a_second(invoke: Invoke) -> None:
    started = time.monotonic()
    assert invoke("price", amount=21) == (None, {"price": 42})
    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize(
    ("event", "kind", "message"),
    [
        ({"error": "too cold"}, "TooColdError", "too cold"),
        ({"exit": True}, "Runtime.ExitError", "exit status 3"),
        ({"hoard": 500}, "Runtime.ExitError", "signal: killed"),
    ],
)
def test_failures_carry_the_error_types_of_aws(
    invoke: Invoke, event: dict[str, Any], kind: str, message: str
) -> None:
    error, payload = invoke("fail", **event)
    assert error == "Unhandled"
    assert payload["errorType"] == kind
    assert message in payload["errorMessage"]
    assert invoke("fail", after="it works again") == (None, {"after": "it works again"})


def test_a_function_that_runs_too_long_is_ended(invoke: Invoke) -> None:
    started = time.monotonic()
    _, payload = invoke("fail", sleep=20)
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Error: Task timed out after 5.00 seconds")
    assert time.monotonic() - started < 8


def test_a_function_may_do_no_more_than_its_role(invoke: Invoke) -> None:
    _, payload = invoke("steal")
    assert payload["errorType"] == "ClientError"
    assert "is not authorized to perform: dynamodb:DeleteItem" in payload["errorMessage"]


def test_a_killed_worker_is_a_failed_invocation(
    cloud: Cloud, invoke: Invoke, eventually: Callable[..., Any]
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as pool:
        running = pool.submit(invoke, "fail", sleep=4)
        eventually(lambda: cloud.admin("faults", {"kill_function": "sample-fail"})["killed"])
        _, payload = running.result()
    assert payload["errorType"] == "Runtime.ExitError"


def test_what_a_function_prints_and_logs_is_in_its_log_group(
    aws: Callable[[str], Any], invoke: Invoke, eventually: Callable[..., Any]
) -> None:
    invoke("look", name="the log")

    def lines() -> list[str]:
        events = aws("logs").filter_log_events(logGroupName="/aws/lambda/sample-look")["events"]
        return [event["message"] for event in events]

    eventually(lambda: any("looked at the log" in line for line in lines()))
    logged = next(json.loads(line) for line in lines() if "looked at the log" in line)
    assert (logged["level"], logged["message"]) == ("WARNING", "looked at the log")
    assert "printed line" in lines()
    assert any(line.startswith("REPORT RequestId") for line in lines())
