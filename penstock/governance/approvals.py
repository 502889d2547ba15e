"""Approvals: a question that one other person answers once."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.errors import AlreadyDecided, Conflict, NotFound, SegregationOfDuties
from penstock.stores import Item, ItemStore

Status = Literal["pending", "approved", "rejected", "expired"]
Decision = Literal["approve", "reject"]

_OUTCOME: dict[Decision, Status] = {"approve": "approved", "reject": "rejected"}


class Approval(BaseModel):
    """The question whether a version may go live, and its answer."""

    model_config = ConfigDict(frozen=True)

    approval_id: str
    use_case: str
    version: int
    requested_by: str
    risk_tier: str
    status: Status = "pending"
    created_at: str
    expires_at: str
    task_token: str
    decided_by: str = ""
    decided_at: str = ""
    reason: str = ""


class Approvals:
    """All approvals, on one table.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> approvals = Approvals(MemoryItems())
    >>> _ = approvals.ask(Approval(
    ...     approval_id="a1", use_case="demo", version=1, requested_by="dana", risk_tier="high",
    ...     task_token="t", created_at="2026-01-01T00:00:00.000Z", expires_at="2026-01-04T00:00:00.000Z"))
    >>> decided = approvals.decide(
    ...     "a1", by="priya", decision="approve", reason="", at="2026-01-02T00:00:00.000Z")
    >>> decided.status
    'approved'
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def ask(self, approval: Approval) -> Approval:
        """Store a question; asking it again replaces the task token of a pending one, and nothing else."""
        known = self._items.get(_pk(approval.approval_id), "approval")
        if known is not None:
            if known["status"] != "pending":
                return _approval(known)
            approval = _approval(known).model_copy(update={"task_token": approval.task_token})
        self._items.put(_item(approval), expect=known["revision"] if known else 0)
        self._items.put({"pk": "pending", "sk": approval.approval_id, "use_case": approval.use_case})
        return approval

    def get(self, approval_id: str) -> Approval:
        """Return an approval; :class:`~penstock.errors.NotFound` if there is none of that id."""
        return _approval(self._read(approval_id))

    def pending(self, use_case: str | None = None) -> list[Approval]:
        """Return the questions that nobody has answered, the oldest first."""
        waiting = [self.get(item["sk"]) for item in self._items.query("pending")]
        found = [one for one in waiting if one.status == "pending" and use_case in {None, one.use_case}]
        return sorted(found, key=lambda one: one.created_at)

    def decide(self, approval_id: str, *, by: str, decision: Decision, reason: str, at: str) -> Approval:
        """Answer a question.

        Raises
        ------
        SegregationOfDuties
            The one who answers is the one who asked.
        AlreadyDecided
            It has an answer, or has expired.
        """
        item = self._read(approval_id)
        asked = _approval(item)
        if asked.status != "pending" or at > asked.expires_at:
            raise _decided(asked, at)
        if by == asked.requested_by:
            raise SegregationOfDuties(
                "You cannot decide on your own submission.",
                found=by,
                expected=f"anybody but {asked.requested_by}",
                where=f"version {asked.version} of {asked.use_case}",
                action="Ask a colleague with the approver role.",
            )
        return self._close(item, _OUTCOME[decision], by=by, reason=reason, at=at)

    def expire(self, approval_id: str, *, at: str) -> Approval:
        """Close a question that nobody answered in time; one that is closed stays as it is."""
        item = self._read(approval_id)
        if item["status"] != "pending":
            return _approval(item)
        return self._close(item, "expired", by="", reason="nobody decided in time", at=at)

    def _close(self, item: Item, status: Status, *, by: str, reason: str, at: str) -> Approval:
        closed = {**item, "status": status, "decided_by": by, "decided_at": at, "reason": reason}
        try:
            self._items.put(closed, expect=item["revision"])
        except Conflict as error:
            now = self._read(item["approval_id"])
            if now["status"] == "pending":
                return self._close(now, status, by=by, reason=reason, at=at)
            raise _decided(_approval(now), at) from error
        self._items.delete("pending", item["approval_id"])
        return _approval(closed)

    def _read(self, approval_id: str) -> Item:
        item = self._items.get(_pk(approval_id), "approval")
        if item is None:
            raise NotFound(
                "There is no such approval.", found=approval_id, action="List them: penstock approvals."
            )
        return item


def _pk(approval_id: str) -> str:
    return f"approval#{approval_id}"


def _item(approval: Approval) -> Item:
    return {"pk": _pk(approval.approval_id), "sk": "approval", **approval.model_dump(mode="json")}


def _approval(item: Item) -> Approval:
    return Approval.model_validate({key: item[key] for key in Approval.model_fields if key in item})


def _decided(asked: Approval, at: str) -> AlreadyDecided:
    answer = f"{asked.status} by {asked.decided_by} at {asked.decided_at}" if asked.decided_by else "expired"
    return AlreadyDecided(
        "This has been decided already.",
        found=answer,
        where=f"version {asked.version} of {asked.use_case}, at {at}",
    )
