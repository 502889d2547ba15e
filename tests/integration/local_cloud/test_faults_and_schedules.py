"""Faults are met as often as told; schedules do not fire what a stop made them miss."""

import json

from local_cloud.emulator import faults, schedules
from local_cloud.emulator.definitions import definition_problem


def test_a_fault_is_met_as_often_as_told() -> None:
    faults.configure({"service": "dynamodb", "action": "PutItem", "error": "ThrottlingException", "count": 2})
    assert faults.take("dynamodb", "GetItem") is None
    met = [faults.take("dynamodb", "PutItem") for _ in range(3)]
    assert [fault is not None for fault in met] == [True, True, False]


def test_a_fault_looks_like_the_error_of_its_protocol() -> None:
    fault = faults.Fault("dynamodb", "PutItem", "ThrottlingException", 1)
    status, _, body = faults.response(fault)
    assert (status, json.loads(body)["__type"]) == (400, "ThrottlingException")
    status, _, body = faults.response(faults.Fault("s3", "GetObject", "SlowDown", 1, status=503))
    assert status == 503
    assert b"<Code>SlowDown</Code>" in body


def test_a_restored_rate_goes_on_in_its_rhythm() -> None:
    assert schedules.last_due(created=0.0, interval=86_400.0, now=86_400.0 * 3 + 5) == 86_400.0 * 3
    assert schedules.last_due(created=100.0, interval=60.0, now=90.0) == 100.0


def test_a_definition_is_checked_in_its_depth() -> None:
    inner = {"StartAt": "B", "States": {"B": {"Type": "Pass"}}}
    machine = {"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [inner], "End": True}}}
    assert "/States/A/States/B" in definition_problem(json.dumps(machine))
    inner["States"]["B"]["End"] = True  # type: ignore[index]
    assert definition_problem(json.dumps(machine)) == ""
    assert "INVALID_JSON_DESCRIPTION" in definition_problem("{")
