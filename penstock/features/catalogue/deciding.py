"""What people decide about definitions: approval, deprecation, retirement."""

from __future__ import annotations

from typing import Any

from penstock.errors import AlreadyDecided, InvalidSpec, NotPermitted, SegregationOfDuties
from penstock.features.catalogue.definitions import Definitions, Stored
from penstock.features.catalogue.records import Definition, Ending, Status
from penstock.features.catalogue.registering import settle, waiting_for


def decide(
    definitions: Definitions, found: Stored, decision: str, *, by: str, reason: str, at: str
) -> Definition:
    """Approve or reject a version that waits; approved, it takes the place of the one before."""
    one = found.definition
    if decision not in {"approve", "reject"}:
        raise InvalidSpec("A decision is one of two.", found=repr(decision), expected="approve or reject")
    if one.status is not Status.PROPOSED:
        raise AlreadyDecided(
            "No version waits for a decision.",
            found=f"{one.reference}: {one.status}{f' by {one.decided_by}' if one.decided_by else ''}",
            where=one.use_case,
        )
    if waits := waiting_for(one, definitions.all(one.use_case)):
        raise AlreadyDecided(
            "It waits for its parts, not for a decision.",
            found=", ".join(map(str, waits)),
            where=f"{one.use_case} {one.reference}",
            action="Decide on these; it follows them by itself.",
        )
    if by == one.proposed_by:
        raise SegregationOfDuties(
            "You cannot decide on features that you registered.",
            found=by,
            expected=f"anybody but {one.proposed_by}",
            where=f"{one.use_case} {one.reference}",
            action="Ask a colleague with the approver role.",
        )
    approved = decision == "approve"
    facts: dict[str, Any] = {
        "status": Status.IN_FORCE if approved else Status.REJECTED,
        "decided_by": by,
        "decided_at": at,
        "reason": reason,
    }
    decided = one.changed("approved" if approved else "rejected", by=by, at=at, because=reason, **facts)
    definitions.write(decided, expect=found.revision)
    settle(definitions, one.use_case, at=at)
    return decided


def deprecate(
    definitions: Definitions, found: Stored, feature: str, *, by: str, at: str, reason: str, replaced_by: str
) -> Definition:
    """Say that a definition, or one of its features, should not be used any more."""
    one = _computed(found, "deprecated")
    ending = Ending(cause="person", since=at[:10], reason=reason, replaced_by=replaced_by, by=by)
    if feature:
        facts: dict[str, Any] = {"ended_features": {**one.ended_features, feature: ending}}
        told = f"{feature}: {reason}"
    else:
        facts, told = {"status": Status.DEPRECATED, "ending": ending}, reason
    changed = one.changed("deprecated", by=by, at=at, because=told, **facts)
    return definitions.write(changed, expect=found.revision).definition


def restore(
    definitions: Definitions, found: Stored, feature: str, *, by: str, at: str, reason: str
) -> Definition:
    """Take a deprecation back."""
    one = _computed(found, "restored")
    if feature:
        left = {name: ending for name, ending in one.ended_features.items() if name != feature}
        facts: dict[str, Any] = {"ended_features": left}
        told = f"{feature}: {reason}"
    else:
        facts, told = {"status": Status.IN_FORCE, "ending": None}, reason
        if one.ending is not None and one.ending.cause == "replaced":
            raise NotPermitted(
                "A version that was replaced cannot be restored.",
                found=one.ending.reason,
                where=f"{one.use_case} {one.reference}",
                action="Register its computation under a new version.",
            )
    changed = one.changed("restored", by=by, at=at, because=told, **facts)
    return definitions.write(changed, expect=found.revision).definition


def retire(definitions: Definitions, found: Stored, *, by: str, at: str, reason: str) -> Definition:
    """Stop computing a deprecated version for good."""
    one = _computed(found, "retired")
    if one.status is not Status.DEPRECATED:
        raise NotPermitted(
            "Only what is deprecated can be retired.",
            found=f"{one.reference}: {one.status}",
            where=one.use_case,
            action=f"First: penstock feature deprecate {one.use_case} {one.reference}",
        )
    retired = one.changed("retired", by=by, at=at, because=reason, status=Status.RETIRED)
    return definitions.write(retired, expect=found.revision).definition


def _computed(found: Stored, what: str) -> Definition:
    """Return a definition if it is computed."""
    one = found.definition
    if not one.computed:
        raise NotPermitted(
            f"Only what is in force can be {what}.",
            found=f"{one.reference}: {one.status}",
            where=one.use_case,
        )
    return one
