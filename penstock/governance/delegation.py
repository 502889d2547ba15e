"""Delegation: somebody decides in another's place for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from penstock.errors import InvalidSpec, NotFound
from penstock.stores import ItemStore

_PARTITION = "delegations"
_LONGEST_DAYS = 31


class Delegation(BaseModel):
    """One person lets another decide under a role, from one moment to another."""

    model_config = ConfigDict(frozen=True)

    delegator: str
    delegate: str
    role: str
    starts_at: str
    ends_at: str
    reason: str
    revoked_at: str = ""

    def holds(self, at: str) -> bool:
        """Say whether it is in force at a moment."""
        return self.starts_at <= at < self.ends_at and not self.revoked_at


class Delegations:
    """All delegations, on the table of approvals; none is ever removed.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> delegations = Delegations(MemoryItems())
    >>> _ = delegations.grant(Delegation(
    ...     delegator="priya", delegate="paul", role="model_risk", reason="leave",
    ...     starts_at="2026-01-01T00:00:00.000Z", ends_at="2026-01-08T00:00:00.000Z"))
    >>> delegations.of("paul", at="2026-01-02T00:00:00.000Z")
    {'model_risk': 'priya'}
    >>> delegations.of("paul", at="2026-01-09T00:00:00.000Z")
    {}
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def grant(self, delegation: Delegation) -> Delegation:
        """Store a delegation; the same again is the same.

        Raises
        ------
        InvalidSpec
            It is to oneself, without a reason, ends before it starts, or lasts longer than a month.
        """
        if problem := _problem(delegation):
            raise InvalidSpec(
                "This cannot be delegated so.",
                found=problem,
                expected=f"another person, a reason, and at most {_LONGEST_DAYS} days",
            )
        self._items.put({"pk": _PARTITION, "sk": _sk(delegation), **delegation.model_dump(mode="json")})
        return delegation

    def revoke(self, delegator: str, delegate: str, *, at: str) -> list[Delegation]:
        """End all delegations from one person to another.

        Raises
        ------
        NotFound
            There is none that is in force or will be.
        """
        found = [
            one
            for one in self.all()
            if (one.delegator, one.delegate) == (delegator, delegate)
            and one.ends_at > at
            and not one.revoked_at
        ]
        if not found:
            raise NotFound("There is no such delegation.", found=f"from {delegator} to {delegate}")
        return [self._end(one, at) for one in found]

    def all(self) -> list[Delegation]:
        """Return every delegation that there ever was."""
        return [
            Delegation.model_validate({key: item[key] for key in Delegation.model_fields if key in item})
            for item in self._items.query(_PARTITION)
        ]

    def of(self, delegate: str, *, at: str) -> dict[str, str]:
        """Return the roles that somebody may act under at a moment, and in whose place."""
        held = [one for one in self.all() if one.delegate == delegate and one.holds(at)]
        return {one.role: one.delegator for one in held}

    def _end(self, delegation: Delegation, at: str) -> Delegation:
        ended = delegation.model_copy(update={"revoked_at": at})
        self._items.put({"pk": _PARTITION, "sk": _sk(ended), **ended.model_dump(mode="json")})
        return ended


def _problem(delegation: Delegation) -> str:
    """Say what is wrong with a delegation, or nothing."""
    if not delegation.delegate or delegation.delegate == delegation.delegator:
        return f"a delegation by {delegation.delegator} to {delegation.delegate or 'nobody'}"
    if not delegation.reason.strip():
        return "no reason"
    try:
        starts, ends = map(datetime.fromisoformat, (delegation.starts_at, delegation.ends_at))
    except ValueError as error:
        return str(error)
    if not timedelta(0) < ends - starts <= timedelta(days=_LONGEST_DAYS):
        return f"from {delegation.starts_at} to {delegation.ends_at}"
    return ""


def _sk(delegation: Delegation) -> str:
    return f"{delegation.delegate}#{delegation.role}#{delegation.starts_at}#{delegation.delegator}"
