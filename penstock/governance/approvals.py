"""Approvals: a question that other people answer, one for each role that is asked, and once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.errors import AlreadyDecided, Conflict, InvalidSpec, NotFound, NotPermitted, SegregationOfDuties
from penstock.stores import Item, ItemStore

Status = Literal["pending", "approved", "rejected", "expired"]
Decision = Literal["approve", "reject"]

_OWN: Mapping[str, str] = {"model_risk": ""}
_ATTEMPTS = 20


class Answer(BaseModel):
    """What one person said under one role.

    Attributes
    ----------
    instead_of
        Who delegated the role, if it was not the person's own.
    """

    model_config = ConfigDict(frozen=True)

    role: str
    by: str
    decision: Decision
    reason: str = ""
    at: str
    instead_of: str = ""


class Approval(BaseModel):
    """The question whether a version may go live, and its answers.

    Attributes
    ----------
    required
        The roles that are asked; one person of each has to approve.
    answers
        What was said so far.
    reminders
        Which moments people have been reminded at.
    """

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
    required: tuple[str, ...] = ("model_risk",)
    reason_required: bool = False
    answers: tuple[Answer, ...] = ()
    reminders: tuple[str, ...] = ()
    decided_by: str = ""
    decided_at: str = ""
    reason: str = ""

    @property
    def open_roles(self) -> tuple[str, ...]:
        """The roles that nobody has answered for yet."""
        return tuple(role for role in self.required if all(one.role != role for one in self.answers))


class Approvals:
    """All approvals, on one table.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> approvals = Approvals(MemoryItems())
    >>> _ = approvals.ask(Approval(
    ...     approval_id="a1", use_case="demo", version=1, requested_by="dana", risk_tier="high",
    ...     required=("model_risk", "business_owner"), task_token="t",
    ...     created_at="2026-01-01T00:00:00.000Z", expires_at="2026-01-04T00:00:00.000Z"))
    >>> said = {"decision": "approve", "reason": "fits", "at": "2026-01-02T00:00:00.000Z"}
    >>> approvals.decide("a1", by="priya", **said).open_roles
    ('business_owner',)
    >>> approvals.decide("a1", by="omar", holds={"business_owner": ""}, **said).status
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
        self._items.put({"pk": f"usecase#{approval.use_case}", "sk": approval.approval_id})
        return approval

    def get(self, approval_id: str) -> Approval:
        """Return an approval; :class:`~penstock.errors.NotFound` if there is none of that id."""
        return _approval(self._read(approval_id))

    def pending(self, use_case: str | None = None) -> list[Approval]:
        """Return the questions that are not decided, the oldest first."""
        waiting = [self.get(item["sk"]) for item in self._items.query("pending")]
        found = [one for one in waiting if one.status == "pending" and use_case in {None, one.use_case}]
        return sorted(found, key=lambda one: one.created_at)

    def of(self, use_case: str, version: int | None = None) -> list[Approval]:
        """Return all questions about a use case, or about one of its versions, the oldest first."""
        known = [self.get(item["sk"]) for item in self._items.query(f"usecase#{use_case}")]
        found = [one for one in known if version in {None, one.version}]
        return sorted(found, key=lambda one: one.created_at)

    def decide(
        self,
        approval_id: str,
        *,
        by: str,
        decision: Decision,
        reason: str,
        at: str,
        holds: Mapping[str, str] = _OWN,
    ) -> Approval:
        """Answer a question for one of the roles that it asks.

        One rejection decides; otherwise the last role that is asked does.

        Parameters
        ----------
        holds
            The roles that the person acts under, each with the name of who delegated it, if anybody did.

        Raises
        ------
        SegregationOfDuties
            The one who answers has asked for the version, or has answered for another role; or decides in
            the place of somebody of whom that is true.
        NotPermitted
            None of the roles that are asked is among the person's.
        AlreadyDecided
            It is decided, has expired, or the person's role has been answered for.
        InvalidSpec
            A reason is missing where one is needed.
        """

        def answered(asked: Approval) -> Approval:
            _check_time(asked, at)
            role = _role(asked, by, holds)
            if not reason.strip() and (decision == "reject" or asked.reason_required):
                raise InvalidSpec("A reason is needed.", found="none", where=_where(asked))
            answer = Answer(role=role, by=by, decision=decision, reason=reason, at=at, instead_of=holds[role])
            return _with(asked, answer)

        return self._change(approval_id, answered)

    def expire(self, approval_id: str, *, at: str) -> Approval:
        """Close a question that was not decided in time; one that is closed stays as it is."""

        def expired(asked: Approval) -> Approval:
            if asked.status != "pending":
                return asked
            facts = {"status": "expired", "decided_at": at, "reason": "nobody decided in time"}
            return asked.model_copy(update=facts)

        return self._change(approval_id, expired)

    def remind(self, approval_id: str, moments: tuple[str, ...]) -> Approval:
        """Note the moments at which people have been reminded."""
        return self._change(
            approval_id,
            lambda asked: asked.model_copy(
                update={"reminders": tuple(dict.fromkeys((*asked.reminders, *moments)))}
            ),
        )

    def _change(self, approval_id: str, change: Callable[[Approval], Approval]) -> Approval:
        """Change what is stored, again from what is then there whenever somebody else was first."""
        for _ in range(_ATTEMPTS):
            item = self._read(approval_id)
            changed = change(_approval(item))
            try:
                self._items.put(_item(changed), expect=item["revision"])
            except Conflict:
                continue
            if changed.status != "pending":
                self._items.delete("pending", approval_id)
            return changed
        raise Conflict("Others kept changing the approval first.", where=approval_id, action="Retry.")

    def _read(self, approval_id: str) -> Item:
        item = self._items.get(_pk(approval_id), "approval")
        if item is None:
            raise NotFound(
                "There is no such approval.", found=approval_id, action="List them: penstock approvals."
            )
        return item


def _check_time(asked: Approval, at: str) -> None:
    """Refuse an answer to what is closed."""
    if asked.status == "pending" and at <= asked.expires_at:
        return
    closed = asked.status in {"approved", "rejected"}
    raise AlreadyDecided(
        "This has been decided already." if closed else "The question has expired.",
        found=f"{asked.status} by {asked.decided_by} at {asked.decided_at}" if closed else "expired",
        where=f"{_where(asked)}, at {at}",
        action="" if closed else "Train again, and the question is asked again: penstock train.",
    )


def _role(asked: Approval, by: str, holds: Mapping[str, str]) -> str:
    """Choose the role that somebody answers for."""
    _check_separate(asked, by)
    mine = [role for role in asked.required if role in holds]
    if not mine:
        raise NotPermitted(
            "Only an approver may decide.",
            found=by,
            expected=f"somebody who acts under one of the roles {', '.join(asked.required)}",
            where=_where(asked),
            action="Ask a colleague with the approver role.",
        )
    still = [role for role in mine if role in asked.open_roles]
    if not still:
        given = next(one for one in asked.answers if one.role in mine)
        raise AlreadyDecided(
            "Your role has been answered for already.",
            found=f"{given.decision} by {given.by} at {given.at}, as {given.role}",
            expected=f"an answer of {', '.join(asked.open_roles)}",
            where=_where(asked),
        )
    role = still[0]
    if holds[role]:
        _check_separate(asked, holds[role])
    return role


def _check_separate(asked: Approval, person: str) -> None:
    """Refuse somebody who has asked for the version, or who has had a say."""
    if person == asked.requested_by:
        raise SegregationOfDuties(
            "You cannot decide on your own submission.",
            found=person,
            expected=f"anybody but {asked.requested_by}",
            where=_where(asked),
            action="Ask a colleague with the approver role.",
        )
    if any(person in {one.by, one.instead_of} for one in asked.answers):
        raise SegregationOfDuties(
            "Each role is answered for by another person.",
            found=person,
            expected=f"somebody else, as {', '.join(asked.open_roles)}",
            where=_where(asked),
        )


def _with(asked: Approval, answer: Answer) -> Approval:
    """Return an approval with an answer more, decided if it is the last that was needed."""
    more = asked.model_copy(update={"answers": (*asked.answers, answer)})
    if answer.decision == "approve" and more.open_roles:
        return more
    people = [answer.by] if answer.decision == "reject" else [one.by for one in more.answers]
    facts = {
        "status": "rejected" if answer.decision == "reject" else "approved",
        "decided_by": ", ".join(people),
        "decided_at": answer.at,
        "reason": answer.reason,
    }
    return more.model_copy(update=facts)


def _where(asked: Approval) -> str:
    return f"version {asked.version} of {asked.use_case}"


def _pk(approval_id: str) -> str:
    return f"approval#{approval_id}"


def _item(approval: Approval) -> Item:
    return {"pk": _pk(approval.approval_id), "sk": "approval", **approval.model_dump(mode="json")}


def _approval(item: Item) -> Approval:
    return Approval.model_validate({key: item[key] for key in Approval.model_fields if key in item})
