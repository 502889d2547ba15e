"""A question is answered once, by somebody else, in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from penstock.errors import AlreadyDecided, NotFound, SegregationOfDuties
from penstock.governance import Approval, Approvals
from penstock.stores import Item, MemoryItems

IN_TIME, LATE = "2026-01-02T00:00:00.000Z", "2026-01-04T00:00:00.001Z"


def question(**changes: Any) -> Approval:
    facts = {
        "approval_id": "a1",
        "use_case": "demo",
        "version": 3,
        "requested_by": "dana",
        "risk_tier": "high",
        "task_token": "t1",
        "created_at": "2026-01-01T00:00:00.000Z",
        "expires_at": "2026-01-04T00:00:00.000Z",
    }
    return Approval.model_validate({**facts, **changes})


@pytest.fixture
def approvals() -> Approvals:
    approvals = Approvals(MemoryItems())
    approvals.ask(question())
    return approvals


def decide(approvals: Approvals, by: str = "priya", at: str = IN_TIME, decision: Any = "approve") -> Approval:
    return approvals.decide("a1", by=by, decision=decision, reason="looks right", at=at)


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_another_person_answers(approvals: Approvals, decision: str, status: str) -> None:
    decided = decide(approvals, decision=decision)
    assert (decided.status, decided.decided_by, decided.reason) == (status, "priya", "looks right")
    assert approvals.get("a1") == decided
    assert approvals.pending() == []


def test_a_second_answer_is_refused_and_the_first_stands(approvals: Approvals) -> None:
    decide(approvals)
    with pytest.raises(AlreadyDecided, match="approved by priya"):
        decide(approvals, by="paul", decision="reject")
    assert approvals.get("a1").status == "approved"


def test_nobody_decides_on_their_own_work(approvals: Approvals) -> None:
    with pytest.raises(SegregationOfDuties, match="anybody but dana"):
        decide(approvals, by="dana")
    assert [one.approval_id for one in approvals.pending()] == ["a1"]


def test_an_answer_after_the_deadline_is_refused(approvals: Approvals) -> None:
    with pytest.raises(AlreadyDecided, match="expired"):
        decide(approvals, at=LATE)


def test_an_expired_question_takes_no_answer(approvals: Approvals) -> None:
    assert approvals.expire("a1", at=IN_TIME).status == "expired"
    with pytest.raises(AlreadyDecided, match="expired"):
        decide(approvals)


def test_an_answer_outlives_the_expiry_that_comes_after_it(approvals: Approvals) -> None:
    decide(approvals)
    assert approvals.expire("a1", at=LATE).status == "approved"


def test_of_two_answers_at_once_one_wins(approvals: Approvals) -> None:
    def answer(by: str) -> str:
        try:
            return decide(approvals, by=by, decision="approve" if by < "p5" else "reject").decided_by
        except AlreadyDecided:
            return ""

    with ThreadPoolExecutor(10) as pool:
        winners = [name for name in pool.map(answer, [f"p{n}" for n in range(10)]) if name]
    assert winners == [approvals.get("a1").decided_by]


def test_asking_again_replaces_the_token_and_nothing_else(approvals: Approvals) -> None:
    again = approvals.ask(question(task_token="t2", expires_at="2027-01-01T00:00:00.000Z"))
    assert again == question(task_token="t2") == approvals.get("a1")


def test_asking_again_reopens_no_answer(approvals: Approvals) -> None:
    decide(approvals)
    assert approvals.ask(question(task_token="t2")).status == "approved"
    assert approvals.pending() == []


def test_an_answer_that_meets_a_new_token_still_counts() -> None:
    class Racing(MemoryItems):
        """Asks again just before an answer is stored."""

        def put(self, item: Item, *, expect: int | None = None) -> Item:
            if item.get("status") == "approved" and not getattr(self, "raced", False):
                self.raced = True
                Approvals(self).ask(question(task_token="t2"))
            return super().put(item, expect=expect)

    approvals = Approvals(Racing())
    approvals.ask(question())
    decided = decide(approvals)
    assert (decided.status, decided.task_token) == ("approved", "t2")


def test_pending_questions_are_listed_by_use_case_the_oldest_first(approvals: Approvals) -> None:
    approvals.ask(question(approval_id="a0", use_case="other", created_at="2026-01-01T01:00:00.000Z"))
    assert [one.approval_id for one in approvals.pending()] == ["a1", "a0"]
    assert [one.approval_id for one in approvals.pending("other")] == ["a0"]


def test_an_unknown_question_says_how_to_list_them(approvals: Approvals) -> None:
    with pytest.raises(NotFound, match="penstock approvals"):
        approvals.get("nope")


def test_of_many_answers_at_once_each_role_has_one() -> None:
    approvals = Approvals(MemoryItems())
    approvals.ask(question(required=("model_risk", "business_owner")))

    def answer(number: int) -> str:
        role = ("model_risk", "business_owner")[number % 2]
        try:
            return approvals.decide(
                "a1", by=f"p{number}", decision="approve", reason="fine", at=IN_TIME, holds={role: ""}
            ).status
        except AlreadyDecided:
            return ""

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(answer, range(10)))
    closed = approvals.get("a1")
    assert sorted(one.role for one in closed.answers) == ["business_owner", "model_risk"]
    assert (closed.status, told.count("approved"), told.count("")) == ("approved", 1, 8)
