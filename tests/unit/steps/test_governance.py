"""Registration, and the way of an approval from question to stage."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import AlreadyDecided, InvalidSpec, NotFound, NotPermitted, SegregationOfDuties
from penstock.models import Stage

YES = {"approval_id": "a1", "decision": "approve", "reason": "fine"}


@pytest.fixture
def asked(world: Any) -> dict[str, Any]:
    use_case = world.register()
    world.version(Stage.PENDING_APPROVAL)
    opened: dict[str, Any] = world.governance.open({"use_case": use_case.name, "version": 1})
    world.governance.ask(opened, "token", "a1")
    return opened


def test_a_registration_is_rated_grouped_and_audited(world: Any) -> None:
    document = world.register().model_dump(mode="json")
    told = [
        world.governance.register_use_case({"use_case": document}, "dana", world.groups) for _ in range(2)
    ]
    assert told[0] == told[1]
    assert (told[0]["risk_tier"], told[0]["registered_by"]) == ("medium", "dana")
    assert set(world.groups.names) == {"demo_case"}
    assert set(world.actions()) == {"use case registered"}


@pytest.mark.parametrize(
    "payload", [{}, {"use_case": "demo"}, {"use_case": {"name": "demo"}}, {"use_case": None}]
)
def test_a_wrong_registration_says_what_is_wrong(world: Any, payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec):
        world.governance.register_use_case(payload, "dana", world.groups)


def test_a_draft_is_not_registered(world: Any) -> None:
    document = world.register().model_dump(mode="json")
    document["datasets"][0]["steward"] = "TO BE FILLED"
    with pytest.raises(InvalidSpec, match="nobody has filled in: steward"):
        world.governance.register_use_case({"use_case": document}, "dana", world.groups)


def test_a_low_risk_needs_no_person(world: Any) -> None:
    world.register(risk={})
    world.version(Stage.PENDING_APPROVAL)
    opened = world.governance.open({"use_case": "demo_case", "version": "1"})
    assert opened["route"] == "automatic"
    closed = [world.governance.close(opened, "approved", "", "no person needed") for _ in range(2)]
    assert closed[0] == closed[1]
    assert (closed[0]["decided_by"], closed[0]["approval_status"]) == ("governance", "Approved")
    assert world.actions() == ["version approved"]


def test_a_question_asked_twice_is_one_question(world: Any, asked: dict[str, Any]) -> None:
    assert (asked["route"], asked["requested_by"], asked["timeout_seconds"]) == (
        "person",
        "dana",
        168 * 3_600,
    )
    world.clock.forward(minutes=1)
    answer = world.governance.ask(asked, "token 2", "a1")
    assert "task_token" not in answer
    assert len(world.approvals.pending()) == 1
    assert world.approvals.get("a1").task_token == "token 2"
    assert world.actions() == ["approval asked"]


@pytest.mark.parametrize(
    ("decision", "status", "stage", "package"),
    [("approve", "approved", Stage.APPROVED, "Approved"), ("reject", "rejected", Stage.REJECTED, "Rejected")],
)
def test_a_person_decides_and_the_workflow_goes_on(  # noqa: PLR0917 (pytest passes them by name)
    world: Any, asked: dict[str, Any], decision: str, status: str, stage: Stage, package: str
) -> None:
    answer = world.governance.decide({**YES, "decision": decision}, "priya", world.waiting, is_approver=True)
    assert (answer["status"], answer["decided_by"]) == (status, "priya")
    assert "task_token" not in answer
    assert world.waiting.told == [("token", status)]
    closed = [world.governance.close(asked, status, "priya", "fine") for _ in range(2)]
    assert closed[0] == closed[1]
    assert closed[0]["approval_status"] == package
    assert world.models.version("demo_case", 1).stage is stage
    assert world.actions() == ["approval asked", f"version {status}"]


def test_an_attempt_on_ones_own_work_is_refused_and_audited(world: Any, asked: dict[str, Any]) -> None:
    with pytest.raises(SegregationOfDuties):
        world.governance.decide(YES, "dana", world.waiting, is_approver=True)
    assert world.waiting.told == []
    assert world.actions() == ["approval asked", "own approval refused"]


def test_a_second_decision_is_refused_but_wakes_a_workflow_that_was_not_told(
    world: Any, asked: dict[str, Any]
) -> None:
    class Deaf:
        def succeed(self, task_token: str, output: dict[str, Any]) -> None:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        world.governance.decide(YES, "priya", Deaf(), is_approver=True)
    with pytest.raises(AlreadyDecided, match="approved by priya"):
        world.governance.decide({**YES, "decision": "reject"}, "paul", world.waiting, is_approver=True)
    assert world.waiting.told == [("token", "approved")]
    assert world.actions() == ["approval asked", "version approved"]


def test_an_answer_in_the_last_moment_counts_though_the_workflow_timed_out(
    world: Any, asked: dict[str, Any]
) -> None:
    world.governance.decide(YES, "priya", world.waiting, is_approver=True)
    answer = world.governance.expire("a1")
    assert answer == {"status": "approved", "decided_by": "priya", "reason": "fine"}
    world.governance.close(asked, answer["status"], answer["decided_by"], answer["reason"])
    assert world.models.version("demo_case", 1).stage is Stage.APPROVED


def test_nobody_answers_and_the_version_expires(world: Any, asked: dict[str, Any]) -> None:
    world.clock.forward(days=8)
    answers = [world.governance.expire("a1") for _ in range(2)]
    assert (
        answers[0]
        == answers[1]
        == {"status": "expired", "decided_by": "", "reason": "nobody decided in time"}
    )
    for _ in range(2):
        world.governance.close(asked, "expired", "", answers[0]["reason"])
    assert world.models.version("demo_case", 1).stage is Stage.EXPIRED
    assert world.actions() == ["approval asked", "version expired"]
    with pytest.raises(AlreadyDecided):
        world.governance.decide(YES, "priya", world.waiting, is_approver=True)
    assert world.waiting.told == []


def test_closing_again_after_the_version_went_live_changes_nothing(world: Any, asked: dict[str, Any]) -> None:
    world.governance.close(asked, "approved", "priya", "fine")
    world.models.move("demo_case", 1, Stage.DEPLOYING, by="serving", at=world.clock())
    assert world.governance.close(asked, "approved", "priya", "fine")["status"] == "approved"
    assert world.models.version("demo_case", 1).stage is Stage.DEPLOYING


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({**YES, "decision": "maybe"}, InvalidSpec),
        ({**YES, "approval_id": "nope"}, NotFound),
        ({"decision": "approve"}, NotFound),
    ],
)
def test_a_wrong_decision_says_what_is_wrong(
    world: Any, asked: dict[str, Any], payload: dict[str, Any], error: Any
) -> None:
    with pytest.raises(error):
        world.governance.decide(payload, "priya", world.waiting, is_approver=True)


def test_only_an_approver_decides_on_the_work_of_others(world: Any, asked: dict[str, Any]) -> None:
    with pytest.raises(NotPermitted):
        world.governance.decide(YES, "sam", world.waiting, is_approver=False)
    assert not world.waiting.told
    assert world.actions()[-1] == "approval refused"
    assert [one.version for one in world.approvals.pending()] == [asked["version"]]
