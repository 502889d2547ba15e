"""Alarms change their state as CloudWatch's documentation says."""

import time
from typing import Any

import pytest

from local_cloud.emulator import alarms

MARKS = {"0": False, "X": True, "-": None}
# The tables of "Configuring how CloudWatch alarms treat missing data": data points, then the state for
# missing, ignore, breaching and notBreaching; "same" keeps the current state.
THREE_OF_THREE = [
    ("0-X-X", "OK", "OK", "OK", "OK"),
    ("----0", "OK", "OK", "OK", "OK"),
    ("-----", "INSUFFICIENT_DATA", "same", "ALARM", "OK"),
    ("0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("--X--", "ALARM", "same", "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0-X--", "OK", "OK", "ALARM", "OK"),
    ("----0", "OK", "OK", "ALARM", "OK"),
]
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


@pytest.mark.parametrize(("needed", "table"), [(3, THREE_OF_THREE), (2, TWO_OF_THREE)])
@pytest.mark.parametrize("current", ["OK", "ALARM"])
def test_missing_data_is_treated_as_told(needed: int, table: list[tuple[str, ...]], current: str) -> None:
    for points, *states in table:
        for treatment, expected in zip(TREATMENTS, states, strict=True):
            found = alarms.next_state(
                [MARKS[mark] for mark in points], needed=needed, periods=3, missing=treatment, current=current
            )
            assert found == (current if expected == "same" else expected), (points, treatment)


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the emulator's CloudWatch with empty stores and silenced actions."""
    from ministack.services import cloudwatch as service

    service.reset()
    monkeypatch.setattr(service, "_dispatch_alarm_actions", lambda *_: None)
    monkeypatch.setattr(alarms, "emit_event", lambda *_: None)
    yield service
    service.reset()


def alarm(**more: Any) -> dict[str, Any]:
    """Return an alarm on the mean of one variant's latency."""
    return {
        "AlarmName": "slow",
        "Namespace": "Test",
        "MetricName": "Latency",
        "Dimensions": [{"Name": "Variant", "Value": "new"}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 100.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "StateValue": "OK",
        **more,
    }


def put(service: Any, variant: str, *points: tuple[float, float]) -> None:
    """Store data points, each with its age in seconds and its value."""
    now = time.time()
    for age, value in points:
        service._store_datum(
            "Test", "Latency", {"Variant": variant}, now - age, "None", value, None, None, None
        )


def test_points_of_other_dimensions_do_not_count(cloudwatch: Any) -> None:
    watched = alarm()
    put(cloudwatch, "old", (10, 500), (70, 500), (130, 500))
    put(cloudwatch, "new", (10, 1), (70, 1), (130, 1))
    alarms.evaluate(watched)
    assert watched["StateValue"] == "OK"


def test_two_of_three_periods_are_enough(cloudwatch: Any) -> None:
    watched = alarm()
    put(cloudwatch, "new", (10, 500), (70, 1), (130, 500))
    alarms.evaluate(watched)
    assert watched["StateValue"] == "ALARM"


def test_one_bad_moment_is_not_several_periods(cloudwatch: Any) -> None:
    watched = alarm()
    put(cloudwatch, "new", (10, 500), (11, 500), (12, 500), (70, 1), (130, 1))
    alarms.evaluate(watched)
    assert watched["StateValue"] == "OK"


def test_metric_math_watches_a_rate(cloudwatch: Any) -> None:
    def metric(name: str) -> dict[str, Any]:
        stat = {
            "Metric": {"Namespace": "Test", "MetricName": name, "Dimensions": []},
            "Period": 60,
            "Stat": "Sum",
        }
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    rate = {"Id": "rate", "Expression": "100 * errors / calls"}
    watched = alarm(
        MetricName=None, Namespace=None, Metrics=[metric("errors"), metric("calls"), rate], Threshold=5
    )
    now = time.time()
    for age, errors in ((10, 9), (70, 1), (130, 8)):
        cloudwatch._store_datum("Test", "errors", {}, now - age, "None", errors, None, None, None)
        cloudwatch._store_datum("Test", "calls", {}, now - age, "None", 100, None, None, None)
    alarms.evaluate(watched)
    assert watched["StateValue"] == "ALARM"


def test_an_alarm_recovers_when_its_data_does(cloudwatch: Any) -> None:
    watched = alarm(StateValue="ALARM")
    put(cloudwatch, "new", (10, 1), (70, 1), (130, 1))
    alarms.evaluate(watched)
    assert watched["StateValue"] == "OK"
