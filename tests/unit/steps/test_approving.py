"""The way of an approval from question to stage: who may answer, in time, on an unchanged package."""

from __future__ import annotations

import json
from typing import Any

import pytest

from penstock.errors import (
    AlreadyDecided,
    ChangedModel,
    InvalidSpec,
    NotFound,
    NotPermitted,
    SegregationOfDuties,
)
from penstock.models import Stage
from penstock.models.signing import sign_package

YES = {"approval_id": "a1", "decision": "approve", "reason": "fine"}
RISK, OWNER = {"model_risk"}, {"business_owner"}
HIGH = {"impact": "health", "personal_data": True}


def ask(world: Any, **changes: Any) -> dict[str, Any]:
    use_case = world.register(**changes)
    world.version(Stage.PENDING_APPROVAL)
    opened: dict[str, Any] = world.approving.open({"use_case": use_case.name, "version": 1})
    world.approving.ask(opened, "token", "a1", world.waiting)
    return opened


@pytest.fixture
def asked(world: Any) -> dict[str, Any]:
    return ask(world)


def decide(world: Any, by: str, roles: set[str] = RISK, **changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = world.approving.decide({**YES, **changes}, by, world.waiting, roles=roles)
    return told


def test_a_low_risk_needs_no_person(world: Any) -> None:
    world.register(risk={})
    world.version(Stage.PENDING_APPROVAL)
    opened = world.approving.open({"use_case": "demo_case", "version": "1"})
    assert opened["route"] == "automatic"
    closed = [world.approving.close(opened, "approved", "", "no person needed") for _ in range(2)]
    assert closed[0] == closed[1]
    assert (closed[0]["decided_by"], closed[0]["approval_status"]) == ("governance", "Approved")
    assert world.actions() == ["package signed", "version approved"]


def test_a_tiers_gate_that_is_missing_refuses_the_version(world: Any) -> None:
    world.register()
    version = world.version(Stage.PENDING_APPROVAL)
    world.models.note("demo_case", version.version, verdict={"passed": True, "checks": []})
    opened = world.approving.open({"use_case": "demo_case", "version": 1})
    assert (opened["route"], opened["reason"]) == (
        "refused", "tier medium demands the gates better_than_baseline"
    )  # fmt: skip
    closed = world.approving.close(opened, "rejected", "", opened["reason"])
    assert closed["approval_status"] == "Rejected"
    assert world.models.version("demo_case", 1).stage is Stage.REJECTED


def test_opening_writes_a_card_and_signs_what_registration_did_not(world: Any) -> None:
    world.register()
    world.version(Stage.PENDING_APPROVAL)
    world.models.note("demo_case", 1, signature=None)
    for _ in range(2):
        world.approving.open({"use_case": "demo_case", "version": 1})
    signature = world.models.version("demo_case", 1).signature
    assert signature is not None
    (record,) = world.audit.records("demo_case")
    assert (record.action, record.details["sha256"]) == ("package signed", signature.sha256)
    card = json.loads(world.artifacts.read("cards/demo_case/1/card.json"))
    assert card["additional_information"]["custom_details"]["package_sha256"] == signature.sha256


def test_a_question_asked_twice_is_one_question(world: Any, asked: dict[str, Any]) -> None:
    assert (asked["route"], asked["requested_by"], asked["timeout_seconds"]) == (
        "person",
        "dana",
        168 * 3_600,
    )
    world.clock.forward(minutes=1)
    answer = world.approving.ask(asked, "token 2", "a1", world.waiting)
    assert "task_token" not in answer
    assert len(world.approvals.pending()) == 1
    assert world.approvals.get("a1").task_token == "token 2"
    assert world.actions() == ["package signed", "approval asked"]


@pytest.mark.parametrize(
    ("decision", "status", "stage", "package"),
    [("approve", "approved", Stage.APPROVED, "Approved"), ("reject", "rejected", Stage.REJECTED, "Rejected")],
)
def test_a_person_decides_and_the_workflow_goes_on(  # noqa: PLR0917 (pytest passes them by name)
    world: Any, asked: dict[str, Any], decision: str, status: str, stage: Stage, package: str
) -> None:
    answer = decide(world, "priya", decision=decision)
    assert (answer["status"], answer["decided_by"]) == (status, "priya")
    assert "task_token" not in answer
    assert world.waiting.told == [("token", status)]
    closed = [world.approving.close(asked, status, "priya", "fine") for _ in range(2)]
    assert closed[0] == closed[1]
    assert closed[0]["approval_status"] == package
    assert world.models.version("demo_case", 1).stage is stage
    assert world.actions()[1:] == ["approval asked", f"version {status}"]


def test_a_package_that_changed_before_the_approval_is_rejected_instead(
    world: Any, asked: dict[str, Any]
) -> None:
    decide(world, "priya")
    world.package("r1", b'{"evil": true}')
    closed = [world.approving.close(asked, "approved", "priya", "fine") for _ in range(2)]
    assert closed[0] == closed[1]
    assert (closed[0]["status"], closed[0]["decided_by"]) == ("rejected", "governance")
    version = world.models.version("demo_case", 1)
    assert version.stage is Stage.REJECTED
    assert "model.json differ" in version.history[-1].reason
    assert world.actions()[-1] == "version rejected"


def test_a_package_that_changed_after_its_approval_is_not_deployed(world: Any, asked: dict[str, Any]) -> None:
    world.approving.close(asked, "approved", "priya", "fine")
    detail = {"use_case": "demo_case", "version": 1}
    planned = world.deployment.plan(detail, "arn:1")
    version = world.models.version("demo_case", 1)
    environment = planned["model"]["PrimaryContainer"]["Environment"]
    assert environment["PENSTOCK_MODEL_DIGEST"] == version.signature.digest
    world.package("r1", b'{"evil": true}')
    with pytest.raises(ChangedModel, match=r"model\.json differ"):
        world.deployment.plan(detail, "arn:2")


def test_a_signature_that_was_rewritten_with_the_package_does_not_fit_the_audit_trail(
    world: Any, asked: dict[str, Any]
) -> None:
    key = world.package("r1", b'{"evil": true}')
    world.models.note("demo_case", 1, signature=sign_package(world.artifacts, key))
    assert world.approving.close(asked, "approved", "priya", "fine")["status"] == "rejected"
    assert "audited" in world.models.version("demo_case", 1).history[-1].reason


def test_a_high_risk_takes_two_people_of_two_roles(world: Any) -> None:
    opened = ask(world, risk=HIGH)
    assert opened["required"] == ["model_risk", "business_owner"]
    first = decide(world, "priya")
    assert (first["status"], first["open"], world.waiting.told) == ("pending", ["business_owner"], [])
    with pytest.raises(SegregationOfDuties, match="another person"):
        decide(world, "priya", RISK | OWNER)
    with pytest.raises(AlreadyDecided, match="approve by priya"):
        decide(world, "paul")
    second = decide(world, "omar", OWNER)
    assert (second["status"], second["decided_by"]) == ("approved", "priya, omar")
    assert world.waiting.told == [("token", "approved")]
    assert world.actions()[2:] == [
        "approval given", "own approval refused", "late approval refused", "version approved"
    ]  # fmt: skip


def test_one_rejection_decides_whatever_the_other_role_says(world: Any) -> None:
    ask(world, risk=HIGH)
    assert decide(world, "omar", OWNER, decision="reject")["status"] == "rejected"
    with pytest.raises(AlreadyDecided, match="rejected by omar"):
        decide(world, "priya")


@pytest.mark.parametrize(("risk", "decision"), [(HIGH, "approve"), ({"impact": "legal"}, "reject")])
def test_a_reason_is_demanded(world: Any, risk: dict[str, Any], decision: str) -> None:
    ask(world, risk=risk)
    with pytest.raises(InvalidSpec, match="A reason is needed"):
        decide(world, "priya", decision=decision, reason="  ")
    assert world.approvals.get("a1").answers == ()


def test_an_attempt_on_ones_own_work_is_refused_and_audited(world: Any, asked: dict[str, Any]) -> None:
    with pytest.raises(SegregationOfDuties):
        decide(world, "dana")
    assert world.waiting.told == []
    assert world.actions()[1:] == ["approval asked", "own approval refused"]


def test_only_an_approver_decides_on_the_work_of_others(world: Any, asked: dict[str, Any]) -> None:
    for roles in (set(), OWNER):
        with pytest.raises(NotPermitted):
            decide(world, "sam", roles)
        assert world.actions()[-1] == "approval refused"
    assert not world.waiting.told
    assert [one.version for one in world.approvals.pending()] == [asked["version"]]


def test_a_second_decision_is_refused_but_wakes_a_workflow_that_was_not_told(
    world: Any, asked: dict[str, Any]
) -> None:
    class Deaf:
        def succeed(self, task_token: str, output: dict[str, Any]) -> None:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        world.approving.decide(YES, "priya", Deaf(), roles=RISK)
    with pytest.raises(AlreadyDecided, match="approved by priya"):
        decide(world, "paul", decision="reject")
    assert world.waiting.told == [("token", "approved")]
    assert world.actions()[1:] == ["approval asked", "version approved", "late approval refused"]


def test_an_answer_between_two_waits_reaches_the_next_one(world: Any, asked: dict[str, Any]) -> None:
    decide(world, "priya")
    world.approving.ask(asked, "token 2", "a1", world.waiting)
    assert world.waiting.told == [("token", "approved"), ("token 2", "approved")]


def test_an_answer_in_the_last_moment_counts_though_the_workflow_timed_out(
    world: Any, asked: dict[str, Any]
) -> None:
    decide(world, "priya")
    answer = world.approving.watch("a1")
    assert answer == {"status": "approved", "decided_by": "priya", "reason": "fine"}
    world.approving.close(asked, answer["status"], answer["decided_by"], answer["reason"])
    assert world.models.version("demo_case", 1).stage is Stage.APPROVED


def test_people_are_reminded_at_half_time_and_a_day_before_the_end(world: Any, asked: dict[str, Any]) -> None:
    looks = []
    for hours in (83, 1, 59, 1, 23, 1):
        world.clock.forward(hours=hours)
        looks.append(world.approving.watch("a1"))
    assert [look.get("remind") for look in looks] == [False, True, False, True, False, None]
    assert [look.get("wait_seconds") for look in looks[:4]] == [3_600, 60 * 3_600, 3_600, 24 * 3_600]
    assert looks[-1]["status"] == "expired"
    assert world.actions()[1:] == ["approval asked", "approvers reminded", "approvers reminded"]


def test_nobody_answers_and_the_version_expires(world: Any, asked: dict[str, Any]) -> None:
    world.clock.forward(days=8)
    answers = [world.approving.watch("a1") for _ in range(2)]
    assert (
        answers[0]
        == answers[1]
        == {"status": "expired", "decided_by": "", "reason": "nobody decided in time"}
    )
    for _ in range(2):
        world.approving.close(asked, "expired", "", answers[0]["reason"])
    assert world.models.version("demo_case", 1).stage is Stage.EXPIRED
    with pytest.raises(AlreadyDecided, match="expired"):
        decide(world, "priya")
    assert world.actions()[1:] == ["approval asked", "version expired", "late approval refused"]
    assert world.waiting.told == []


def delegate(world: Any, by: str = "priya", roles: set[str] = RISK, **changes: Any) -> dict[str, Any]:
    until = {"ends_at": "2026-03-10T00:00:00.000Z", "reason": "on leave", "to": "paul"}
    told: dict[str, Any] = world.approving.delegate({**until, **changes}, by, roles=roles)
    return told


def test_a_delegate_decides_for_a_while_and_both_names_are_recorded(
    world: Any, asked: dict[str, Any]
) -> None:
    delegate(world)
    answer = decide(world, "paul", set())
    assert (answer["status"], answer["answers"][0]["instead_of"]) == ("approved", "priya")
    assert list(world.audit.records("demo_case"))[-1].details["instead_of"] == "priya"
    assert [record.action for record in world.audit.records("platform")] == ["role delegated"]


def test_a_delegation_ends_by_itself_or_when_it_is_revoked(world: Any, asked: dict[str, Any]) -> None:
    delegate(world, ends_at="2026-03-01T13:00:00.000Z")
    world.clock.forward(hours=1)
    with pytest.raises(NotPermitted):
        decide(world, "paul", set())
    delegate(world)
    world.approving.delegate({"to": "paul", "revoke": True}, "priya", roles=RISK)
    with pytest.raises(NotPermitted):
        decide(world, "paul", set())


def test_nobody_approves_their_own_work_through_a_delegate(world: Any, asked: dict[str, Any]) -> None:
    delegate(world, by="dana")
    with pytest.raises(SegregationOfDuties):
        decide(world, "paul", set())


def test_two_roles_are_not_one_persons_through_a_delegate(world: Any) -> None:
    ask(world, risk=HIGH)
    delegate(world, by="omar", roles=OWNER)
    decide(world, "omar", RISK)
    with pytest.raises(SegregationOfDuties):
        decide(world, "paul", set())


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"to": "priya"}, InvalidSpec),
        ({"reason": ""}, InvalidSpec),
        ({"ends_at": "2027-03-10T00:00:00.000Z"}, InvalidSpec),
        ({"ends_at": "soon"}, InvalidSpec),
        ({"role": "business_owner"}, NotPermitted),
        ({"revoke": True}, NotFound),
    ],
)
def test_a_wrong_delegation_is_refused(world: Any, changes: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        delegate(world, **changes)
    assert world.delegations.all() == []


def test_closing_again_after_the_version_went_live_changes_nothing(world: Any, asked: dict[str, Any]) -> None:
    world.approving.close(asked, "approved", "priya", "fine")
    world.models.move("demo_case", 1, Stage.DEPLOYING, by="serving", at=world.clock())
    assert world.approving.close(asked, "approved", "priya", "fine")["status"] == "approved"
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
        world.approving.decide(payload, "priya", world.waiting, roles=RISK)
