"""What people ask of onboarding: decisions on contracts, and replays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.catalog import Arrival, Catalog, ContractVersion
from penstock.errors import InvalidSpec, NotFound, NotPermitted
from penstock.governance.audit import AuditTrail
from penstock.onboarding.gathering import replayable

Announce = Callable[[str, str, dict[str, Any]], None]
"""Puts an event on the bus: capability, name and detail."""
DUE = "Arrivals Due"
_MOST = 5_000


@dataclass(frozen=True)
class Stewardship:
    """What the requests need; a handler makes one and keeps it."""

    catalog: Catalog
    audit: AuditTrail
    now: Callable[[], str]
    announce: Announce

    def decide(self, payload: Mapping[str, Any], by: str, *, is_approver: bool) -> dict[str, Any]:
        """Approve or reject the version of a contract that waits; files that wait for it are let in.

        Parameters
        ----------
        payload
            ``use_case``, ``dataset``, ``decision`` (``approve`` or ``reject``) and ``reason``.
        by, is_approver
            The person's name, and whether the person acts under the approver's role.

        Raises
        ------
        NotPermitted
            The person is no approver. The attempt is audited.
        SegregationOfDuties, AlreadyDecided, NotFound
            See :meth:`penstock.catalog.Contracts.decide`. An attempt on one's own contract is audited.
        """
        use_case, dataset = str(payload.get("use_case", "")), str(payload.get("dataset", ""))
        decision, reason = str(payload.get("decision", "")), str(payload.get("reason", ""))
        if decision not in {"approve", "reject"}:
            raise InvalidSpec("A decision is one of two.", found=repr(decision), expected="approve or reject")
        pending = self.catalog.contracts.pending(use_case, dataset)
        if pending is not None and (by == pending.registered_by or not is_approver):
            own = by == pending.registered_by
            self._record("own approval refused" if own else "approval refused", by, pending, "")
            if not own:
                raise NotPermitted(
                    "Only an approver may decide.",
                    found=by,
                    expected="somebody who acts under the approver role",
                    where=f"version {pending.number} of the contract of {use_case}/{dataset}",
                    action="Ask the steward, or a colleague with the approver role.",
                )
        decided = self.catalog.contracts.decide(
            use_case, dataset, decision, by=by, reason=reason, at=self.now()
        )
        self._record(f"contract {decided.status}", by, decided, reason)
        if decided.in_force:
            self.announce("onboarding", DUE, {"use_case": use_case, "dataset": dataset, "wait_seconds": 0})
        return decided.model_dump(mode="json")

    def replay(self, payload: Mapping[str, Any], by: str) -> dict[str, Any]:
        """Have stored arrivals onboarded again with the contract in force, in their order.

        Parameters
        ----------
        payload
            ``use_case``, ``dataset``, and ``arrivals`` (ids) or ``since`` and ``until`` (times, both
            inclusive; either may be left out); ``reason``.

        Raises
        ------
        NotFound
            There is no such arrival, or none in the range.
        """
        use_case, dataset = str(payload.get("use_case", "")), str(payload.get("dataset", ""))
        self.catalog.contract(use_case, dataset)
        chosen = self._chosen(use_case, dataset, payload)
        ids = [one.id for one in chosen]
        self.audit.append(
            use_case, action="replay asked", actor=by, subject=f"dataset {dataset}", at=self.now(),
            details={"arrivals": ids[:100], "count": len(ids), "reason": str(payload.get("reason", ""))},
        )  # fmt: skip
        for first in range(0, len(ids), 500):
            detail = {"use_case": use_case, "dataset": dataset, "wait_seconds": 0}
            self.announce("onboarding", DUE, {**detail, "replay": ids[first : first + 500]})
        return {"use_case": use_case, "dataset": dataset, "arrivals": ids, "requested_by": by}

    def _chosen(self, use_case: str, dataset: str, payload: Mapping[str, Any]) -> list[Arrival]:
        asked = [str(one) for one in payload.get("arrivals") or ()]
        if asked:
            found = [self.catalog.arrival(use_case, dataset, one) for one in asked]
        else:
            since, until = str(payload.get("since") or ""), str(payload.get("until") or "9999")
            found = [
                one for one in self.catalog.arrivals(use_case, dataset)
                if since <= (one.landed_at or one.received_at) and one.received_at[: len(until)] <= until
            ]  # fmt: skip
        originals = {one.id: one for one in found if replayable(one)}
        if not 0 < len(originals) <= _MOST:
            raise NotFound(
                "There is nothing to replay." if not originals else "That is too much for one request.",
                found=f"{len(originals)} arrivals",
                expected=f"1 to {_MOST:,} that have an outcome and are no replays themselves",
                action="List them: penstock dataset history.",
            )
        return sorted(originals.values(), key=lambda one: one.order)

    def _record(self, action: str, by: str, version: ContractVersion, reason: str) -> None:
        self.audit.append(
            version.use_case, action=action, actor=by, at=self.now(),
            subject=f"contract of {version.dataset}, version {version.number}",
            details={"digest": version.digest, "changes": list(version.changes), "reason": reason},
        )  # fmt: skip
