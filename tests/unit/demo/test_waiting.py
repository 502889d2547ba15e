"""Waiting ends when there is something, when time is up, or when a workflow has failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.demo.waiting import StepFailed, Watch, failure, wait_for
from penstock.reports.facts import ExecutionFact

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class _Time:
    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_what_comes_is_returned_even_when_it_is_false_or_empty() -> None:
    time = _Time()
    answers: Iterator[list[int] | None] = iter([None, None, []])
    assert wait_for(lambda: next(answers), what="it", timeout=9, clock=time.clock, sleep=time.sleep) == []
    assert time.now == pytest.approx(0.6)


def test_waiting_too_long_names_what_was_waited_for() -> None:
    time = _Time()
    with pytest.raises(StepFailed, match=r"version 1.*did not come"):
        wait_for(lambda: None, what="version 1", timeout=5, clock=time.clock, sleep=time.sleep)
    assert 5 <= time.now < 6


def test_a_watch_that_raises_ends_the_waiting_at_once() -> None:
    time = _Time()

    def watch() -> None:
        raise StepFailed("The workflow training failed.")

    with pytest.raises(StepFailed, match="training failed"):
        wait_for(lambda: None, what="x", timeout=60, watch=watch, clock=time.clock, sleep=time.sleep)
    assert time.now == 0.0


class _StepFunctions:
    def __init__(self, runs: list[dict[str, Any]]) -> None:
        self.runs = runs

    def list_executions(self, **_: Any) -> dict[str, Any]:
        return {"executions": self.runs}

    def describe_execution(self, **_: Any) -> dict[str, Any]:
        return {"input": '{"use_case": "uc"}'}

    def get_execution_history(self, **_: Any) -> dict[str, Any]:
        return {"events": list(reversed(self._history()))}

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [{"events": self._history()}])

    @staticmethod
    def _history() -> list[dict[str, Any]]:
        failed = {"error": "TrainingRefused", "cause": "one class only"}
        return [
            {"type": "TaskStateEntered", "timestamp": NOW, "stateEnteredEventDetails": {"name": "Prepare"}},
            {"type": "TaskFailed", "timestamp": NOW, "taskFailedEventDetails": failed},
            {"type": "ExecutionFailed", "timestamp": NOW, "executionFailedEventDetails": failed},
        ]


def _platform(*runs: tuple[str, int]) -> Any:
    entries = [
        {
            "executionArn": f"arn:{place}",
            "name": f"r{place}",
            "status": status,
            "startDate": NOW + timedelta(seconds=at),
        }
        for place, (status, at) in enumerate(runs)
    ]
    client = _StepFunctions(entries)
    return SimpleNamespace(
        session=SimpleNamespace(client=lambda _: client), workflows={"training": "arn:machine"}
    )


def test_a_failed_workflow_is_told_with_state_error_cause_and_where_the_logs_are() -> None:
    watch = Watch(_platform(("FAILED", 5)), "uc", ["training"], since=NOW)
    with pytest.raises(StepFailed) as told:
        watch()
    for words in (
        "workflow training failed",
        "TrainingRefused: one class only",
        "'Prepare'",
        "penstock logs training",
    ):
        assert words in str(told.value)


@pytest.mark.parametrize(
    ("status", "at", "use_case"), [("FAILED", -60, "uc"), ("SUCCEEDED", 5, "uc"), ("FAILED", 5, "z")]
)
def test_old_runs_good_runs_and_those_of_others_do_not_count(status: str, at: int, use_case: str) -> None:
    Watch(_platform((status, at)), use_case, ["training"], since=NOW)()


def test_the_state_of_a_running_workflow_is_told() -> None:
    told: list[str] = []
    Watch(_platform(("RUNNING", 5)), "uc", ["training"], since=NOW, tell=told.append)()
    assert told == ["training: Prepare"]


def test_a_failure_says_no_more_than_fits_a_screen() -> None:
    one = ExecutionFact(
        workflow="training", name="r", arn="a", status="FAILED", started=NOW, cause="x" * 99_999
    )
    assert len(str(failure(one))) < 3_000
