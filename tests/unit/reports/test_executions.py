"""Histories of Step Functions become states, times and failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from penstock.reports.executions import failure_of, outermost, spans, use_case_of

START = datetime(2026, 1, 1, tzinfo=UTC)


def _at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def _entered(name: str, seconds: int) -> dict[str, Any]:
    return {"type": "TaskStateEntered", "timestamp": _at(seconds), "stateEnteredEventDetails": {"name": name}}


def _exited(name: str, seconds: int) -> dict[str, Any]:
    return {"type": "TaskStateExited", "timestamp": _at(seconds), "stateExitedEventDetails": {"name": name}}


def test_states_are_paired_and_those_inside_a_map_are_left_out() -> None:
    history = [
        _entered("Prepare", 0),
        _exited("Prepare", 5),
        _entered("TrainAll", 5),
        _entered("Train", 6),
        _entered("Train", 6),
        _exited("Train", 9),
        _exited("Train", 12),
        _exited("TrainAll", 13),
        _entered("Evaluate", 13),
    ]
    found = outermost(spans(history, _at(20)))
    assert [(span.name, (span.stopped - span.started).total_seconds()) for span in found] == [
        ("Prepare", 5.0),
        ("TrainAll", 8.0),
        ("Evaluate", 7.0),
    ]


def test_a_failure_names_the_state_that_failed_and_not_the_one_that_cleaned_up() -> None:
    failed = {
        "type": "TaskFailed",
        "timestamp": _at(3),
        "taskFailedEventDetails": {"error": "EmptyFile", "cause": "no rows"},
    }
    ended = {
        "type": "ExecutionFailed",
        "timestamp": _at(5),
        "executionFailedEventDetails": {"error": "OnboardingFailed", "cause": "recorded"},
    }
    history = [
        _entered("Onboard", 0),
        failed,
        _entered("RecordFailure", 3),
        _exited("RecordFailure", 4),
        ended,
    ]
    assert failure_of(history) == {"failed_state": "Onboard", "error": "EmptyFile", "cause": "no rows"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('{"use_case": "a"}', "a"),
        ('{"detail": {"use_case": "b"}}', "b"),
        ('{"detail": {"object": {"key": "c/d/e.csv"}}}', "c"),
        ("[]", ""),
        ("no json", ""),
    ],
)
def test_the_use_case_is_found_in_any_input(document: str, expected: str) -> None:
    assert use_case_of(document) == expected


@pytest.mark.parametrize(
    "document", ['{"errorMessage": "no rows"}', '{"ExitMessage": "no rows", "FailureReason": "x"}', "no rows"]
)
def test_of_a_handlers_or_a_jobs_document_only_the_message_is_told(document: str) -> None:
    failed = {
        "type": "TaskFailed",
        "timestamp": _at(1),
        "taskFailedEventDetails": {"error": "E", "cause": document},
    }
    assert failure_of([_entered("Prepare", 0), failed])["cause"] == "no rows"
