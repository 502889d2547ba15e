"""Which traffic is looked at, what is kept of it, and when it starts a training."""

from __future__ import annotations

import json
from typing import Any

import pytest

from penstock.models import Stage

DRIFT = {
    "use_case": "demo_case",
    "violations": 2,
    "drifted": ["amount"],
    "report_prefix": "monitoring/demo_case/w1",
}


class Published:
    """Metrics that were sent."""

    def __init__(self) -> None:
        self.metrics: list[dict[str, Any]] = []

    def publish(self, metrics: list[dict[str, Any]]) -> None:
        self.metrics.extend(metrics)


def capture(world: Any, hour: str, name: str = "x") -> str:
    key = f"capture/demo_case/penstock-demo-case/AllTraffic/{hour}/{name}.jsonl"
    world.artifacts.write(key, b"{}\n")
    return key


@pytest.fixture
def live(world: Any) -> Any:
    world.register()
    world.champion()
    return world


def window(world: Any) -> dict[str, Any]:
    (found,) = world.monitoring.plan({}, "e1")["windows"]
    result: dict[str, Any] = found
    return result


def result(world: Any, planned: dict[str, Any], status: str = "completed", violations: int = 2) -> None:
    summary = {"status": status, "rows": 300, "violations": violations, "drifted": ["amount"]}
    world.write(f"{planned['prefix']}/summary.json", summary)
    world.write(
        f"{planned['prefix']}/metrics.json",
        [{"name": "rows", "value": 300.0, "unit": "Count", "dimensions": []}],
    )


def captured(world: Any, planned: dict[str, Any]) -> list[str]:
    return list(json.loads(world.artifacts.read(f"{planned['prefix']}/capture.manifest"))[1:])


def test_nothing_is_checked_without_champion_or_traffic(world: Any) -> None:
    world.register()
    assert world.monitoring.plan({}, "e1") == {"windows": []}
    world.champion()
    assert world.monitoring.plan({"use_case": "demo_case"}, "e1") == {"windows": []}


def test_a_window_holds_the_hours_of_the_use_case(live: Any, valid: Any) -> None:
    capture(live, "2026/02/28/11")
    inside = [capture(live, hour) for hour in ("2026/02/28/12", "2026/02/28/23", "2026/03/01/12")]
    planned = window(live)
    assert captured(live, planned) == inside
    valid("sagemaker", "CreateProcessingJob", planned["job"])
    request = json.loads(live.artifacts.read(f"{planned['prefix']}/request/request.json"))
    assert (request["window_start"], request["window_end"]) == (
        "2026-02-28T12:00:00.000Z",
        "2026-03-01T12:00:00.000Z",
    )
    assert window(live) == planned


def test_no_traffic_is_judged_twice_and_none_left_unjudged(live: Any) -> None:
    capture(live, "2026/03/01/11")
    planned = window(live)
    result(live, planned, "not_enough_rows", 0)
    live.monitoring.publish(planned, Published())
    live.clock.forward(hours=1)
    newer = capture(live, "2026/03/01/13")
    second = window(live)
    assert len(captured(live, second)) == 2
    result(live, second)
    live.monitoring.publish(second, Published())
    live.clock.forward(minutes=30)
    assert captured(live, window(live)) == [newer]


def test_findings_are_published_and_recorded_once(live: Any) -> None:
    capture(live, "2026/03/01/11")
    planned, metrics = window(live), Published()
    result(live, planned)
    found = [live.monitoring.publish(planned, metrics) for _ in range(2)]
    assert found[0] == found[1]
    assert (found[0]["violations"], found[0]["drifted"], found[0]["report_prefix"]) == (
        2,
        ["amount"],
        planned["prefix"],
    )
    assert [metric["name"] for metric in metrics.metrics] == ["rows"]
    assert len(list(live.windows.query("usecase#demo_case", prefix="window#"))) == 1
    assert live.actions() == ["traffic checked"]


def test_drift_starts_one_training_however_often_the_step_runs(live: Any) -> None:
    first = live.monitoring.decide(DRIFT)
    assert (first["route"], first["training"]["requested_by"], first["training"]["reason"]) == (
        "train",
        "dana",
        "drift: amount",
    )
    live.clock.forward(seconds=2)
    assert live.monitoring.decide(DRIFT) == first
    assert live.actions() == ["retraining started"]


def test_the_next_drift_waits_for_the_cool_down(live: Any) -> None:
    later = {**DRIFT, "report_prefix": "monitoring/demo_case/w2"}
    live.monitoring.decide(DRIFT)
    live.clock.forward(minutes=59)
    cooling = live.monitoring.decide(later)
    assert (cooling["route"], "cooling down" in cooling["reason"]) == ("wait", True)
    live.clock.forward(minutes=1)
    assert live.monitoring.decide({**later, "report_prefix": "w3"})["route"] == "train"


@pytest.mark.parametrize("reason", ["running", "pending", "few"])
def test_drift_does_not_start_a_training(live: Any, reason: str) -> None:
    if reason == "running":
        live.runs.claim("demo_case", "r9", at=live.clock(), until="2027-01-01T00:00:00.000Z")
    if reason == "pending":
        live.version(Stage.PENDING_APPROVAL, "r9")
    detail = {**DRIFT, "violations": 1} if reason == "few" else DRIFT
    assert live.monitoring.decide(detail)["route"] == "wait"
    assert live.actions() == ["retraining not started"]
    assert live.windows.get("usecase#demo_case", "retraining") is None
