"""The steps of the approval workflow, and what people ask of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from penstock.catalog import Catalog
from penstock.errors import AlreadyDecided, ChangedModel, InvalidSpec, NotPermitted, SegregationOfDuties
from penstock.governance.approvals import Approval, Approvals
from penstock.governance.audit import AuditTrail, record_version
from penstock.governance.cards import write_card
from penstock.governance.delegation import Delegation, Delegations
from penstock.governance.risk import rate
from penstock.governance.seals import SIGNED, check_seal
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.models.signing import sign_package
from penstock.stores import ObjectStore

AUTOMATIC = "governance"
_STAGES = {"approved": Stage.APPROVED, "rejected": Stage.REJECTED, "expired": Stage.EXPIRED}
_REFUSALS = {
    SegregationOfDuties: "own approval refused",
    NotPermitted: "approval refused",
    AlreadyDecided: "late approval refused",
}
_DAY = timedelta(days=1)


class Workflow(Protocol):
    """Where a waiting workflow is told to go on."""

    def succeed(self, task_token: str, output: dict[str, Any]) -> None:
        """Send the result of a task that waits."""
        ...


@dataclass(frozen=True)
class Approving:
    """What the steps need; a handler makes one and keeps it."""

    catalog: Catalog
    models: ModelRepository
    approvals: Approvals
    delegations: Delegations
    audit: AuditTrail
    artifacts: ObjectStore
    now: Callable[[], str]

    def open(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        """Rate a registered version, sign its package, write its card, and say who has to approve it.

        Returns
        -------
        dict
            ``route`` is ``person``, ``automatic``, or ``refused`` where a gate that the tier demands is
            missing; ``reason`` then says which.
        """
        use_case = self.catalog.use_case(detail["use_case"])
        rating = rate(use_case.risk)
        version = self._signed(self.models.version(use_case.name, int(detail["version"])))
        write_card(self.artifacts, use_case, version)
        waived = use_case.model.evaluation.no_facets_because
        missing = rating.missing_gates(version.verdict, waived=waived)
        route = "refused" if missing else "person" if rating.needs_approval else "automatic"
        return {
            "use_case": use_case.name,
            "version": version.version,
            "risk_tier": rating.tier,
            "route": route,
            "reason": f"tier {rating.tier} demands the gates {', '.join(missing)}" if missing else "",
            "required": list(rating.demands.approvals),
            "reason_required": rating.demands.reason,
            "requested_by": version.requested_by,
            "timeout_seconds": rating.approval_hours * 3_600,
            # Until the first reminder, at half time.
            "wait_seconds": rating.approval_hours * 1_800,
        }

    def ask(
        self, opened: Mapping[str, Any], task_token: str, approval_id: str, workflow: Workflow
    ) -> dict[str, Any]:
        """Put the question to the approvers; the workflow waits for the answer.

        Where the question has been answered before the workflow came to wait (again), it is told at once.
        """
        at = datetime.fromisoformat(self.now())
        approval = self.approvals.ask(
            Approval(
                approval_id=approval_id,
                use_case=opened["use_case"],
                version=opened["version"],
                requested_by=opened["requested_by"],
                risk_tier=opened["risk_tier"],
                required=tuple(opened["required"]),
                reason_required=opened["reason_required"],
                created_at=_text(at),
                expires_at=_text(at + timedelta(seconds=int(opened["timeout_seconds"]))),
                task_token=task_token,
            )
        )
        if approval.status != "pending":
            workflow.succeed(task_token, _told(approval))
            return _told(approval)
        facts = {
            "approval": approval_id,
            "risk_tier": approval.risk_tier,
            "required": list(approval.required),
            "expires_at": approval.expires_at,
        }
        self._record(approval, "approval asked", AUTOMATIC, facts)
        return _told(approval)

    def watch(self, approval_id: str) -> dict[str, Any]:
        """Look at a question that waits: whether it has expired, whether to remind, how long to wait on.

        Returns
        -------
        dict
            ``status``; while that is ``pending``, also ``remind`` and ``wait_seconds``.
        """
        asked, now = self.approvals.get(approval_id), self.now()
        if asked.status == "pending" and now >= asked.expires_at:
            asked = self.approvals.expire(approval_id, at=now)
        if asked.status != "pending":
            return asked.model_dump(mode="json", include={"status", "decided_by", "reason"})
        due = tuple(one for one in reminders(asked) if one <= now and one not in asked.reminders)
        if due:
            self.approvals.remind(approval_id, due)
            facts = {"approval": approval_id, "open": list(asked.open_roles), "expires_at": asked.expires_at}
            self._record(asked, "approvers reminded", AUTOMATIC, facts | {"due": due[-1]})
        return {
            "status": "pending",
            "remind": bool(due),
            "open": ", ".join(asked.open_roles),
            "expires_at": asked.expires_at,
            "wait_seconds": self.wait_seconds(asked),
        }

    def wait_seconds(self, asked: Approval) -> int:
        """Return how long to wait until there is something to look at: a reminder, or the end."""
        now = self.now()
        following = min((one for one in (*reminders(asked), asked.expires_at) if one > now), default=now)
        left = datetime.fromisoformat(following) - datetime.fromisoformat(now)
        return max(1, math.ceil(left.total_seconds()))

    def decide(
        self, payload: Mapping[str, Any], by: str, workflow: Workflow, *, roles: Collection[str]
    ) -> dict[str, Any]:
        """Answer a question as the person whose identity was proven; the last answer lets the workflow go on.

        Parameters
        ----------
        by, roles
            The person's name, and the roles that the person acts under.

        Raises
        ------
        NotPermitted, SegregationOfDuties, AlreadyDecided, NotFound, InvalidSpec
            See :meth:`~penstock.governance.Approvals.decide`. An attempt that is refused is audited. When
            it was decided already, the workflow is told once more, lest the first telling was lost.
        """
        decision, reason = payload.get("decision"), str(payload.get("reason", ""))
        if decision not in {"approve", "reject"}:
            raise InvalidSpec("A decision is one of two.", found=repr(decision), expected="approve or reject")
        asked, at = self.approvals.get(str(payload.get("approval_id", ""))), self.now()
        holds = {**self.delegations.of(by, at=at), **dict.fromkeys(roles, "")}
        try:
            decided = self.approvals.decide(
                asked.approval_id, by=by, decision=decision, reason=reason, at=at, holds=holds
            )
        except (NotPermitted, AlreadyDecided) as error:
            facts = {"approval": asked.approval_id, "decision": decision, "why": error.message}
            self._record(asked, _REFUSALS[type(error)], by, facts, once=False)
            known = self.approvals.get(asked.approval_id)
            if isinstance(error, AlreadyDecided) and known.status in {"approved", "rejected"}:
                self._tell(known, workflow)
            raise
        return self._tell(decided, workflow)

    def delegate(self, payload: Mapping[str, Any], by: str, *, roles: Collection[str]) -> dict[str, Any]:
        """Let another person decide in one's place for a while, or no longer.

        Parameters
        ----------
        payload
            ``to`` and ``reason``, with ``starts_at`` (now unless given), ``ends_at`` and perhaps ``role``;
            or ``to`` and ``revoke``.

        Raises
        ------
        NotPermitted
            The role is none that the person acts under: what was delegated cannot be passed on.
        InvalidSpec
            See :class:`~penstock.governance.delegation.Delegations`.
        """
        to, at = str(payload.get("to", "")), self.now()
        if payload.get("revoke"):
            ended = self.delegations.revoke(by, to, at=at)
            return self._delegated("delegation revoked", by, ended)
        wanted = str(payload.get("role") or next(iter(sorted(roles)), ""))
        if wanted not in roles:
            raise NotPermitted(
                "Only a role of one's own can be delegated.",
                found=f"{by}, {wanted or 'no role'}",
                expected=", ".join(sorted(roles)) or "somebody who acts under an approver role",
            )
        granted = Delegation(
            delegator=by,
            delegate=to,
            role=wanted,
            starts_at=str(payload.get("starts_at") or at),
            ends_at=str(payload.get("ends_at", "")),
            reason=str(payload.get("reason", "")),
        )
        return self._delegated("role delegated", by, [self.delegations.grant(granted)])

    def close(self, opened: Mapping[str, Any], status: str, by: str, reason: str) -> dict[str, Any]:
        """Give the version the stage that the decision demands.

        An approval takes effect only if the package is still the one that was registered; else the version
        is rejected, and the audit trail says why.
        """
        version = self.models.version(opened["use_case"], opened["version"])
        if status == "approved" and not _has_passed(version, Stage.APPROVED):
            try:
                check_seal(self.audit, self.artifacts, version)
            except ChangedModel as error:
                status, by, reason = "rejected", "", f"{error.message} Found: {error.found}"
        if not _has_passed(version, _STAGES[status]):
            version = self.models.move(
                version.use_case,
                version.version,
                _STAGES[status],
                by=by or AUTOMATIC,
                at=self.now(),
                reason=reason,
            )
        if not by:
            facts = {"reason": reason, "risk_tier": opened["risk_tier"]}
            self._record(version, f"version {status}", AUTOMATIC, facts)
        return {
            "use_case": version.use_case,
            "version": version.version,
            "status": status,
            "decided_by": by or AUTOMATIC,
            "package_arn": version.package_arn,
            "approval_status": "Approved" if status == "approved" else "Rejected",
        }

    def _signed(self, version: ModelVersion) -> ModelVersion:
        """Return a version with the hashes of its package, which are audited."""
        signature = version.signature or sign_package(self.artifacts, version.model_key)
        if version.signature is None:
            version = self.models.note(version.use_case, version.version, signature=signature)
        facts = {"key": version.model_key, "sha256": signature.sha256, "digest": signature.digest}
        self._record(version, SIGNED, AUTOMATIC, facts)
        return version

    def _tell(self, decided: Approval, workflow: Workflow) -> dict[str, Any]:
        """Record the last answer, and let the workflow go on if it decides."""
        last = decided.answers[-1]
        facts = {
            "approval": decided.approval_id,
            "role": last.role,
            "reason": last.reason,
            **({"instead_of": last.instead_of} if last.instead_of else {}),
        }
        if decided.status == "pending":
            self._record(decided, "approval given", last.by, facts | {"open": list(decided.open_roles)})
            return _told(decided)
        if len(decided.answers) > 1:
            facts["people"] = decided.decided_by
        self._record(decided, f"version {decided.status}", last.by, facts)
        workflow.succeed(decided.task_token, _told(decided))
        return _told(decided)

    def _delegated(self, action: str, by: str, delegations: list[Delegation]) -> dict[str, Any]:
        """Record delegations in the chain of the platform itself, as they are about no use case."""
        told = [one.model_dump(mode="json") for one in delegations]
        for one in told:
            self.audit.append(
                "platform", action=action, actor=by, subject=f"role {one['role']}", at=self.now(), details=one
            )
        return {"action": action, "delegations": told}

    def _record(
        self,
        about: Approval | ModelVersion,
        action: str,
        actor: str,
        facts: dict[str, Any],
        once: bool = True,
    ) -> None:
        record_version(
            self.audit, about.use_case, about.version, action=action, actor=actor, at=self.now(),
            details=facts, once=once,
        )  # fmt: skip


def reminders(asked: Approval) -> list[str]:
    """Return when to remind: at half time, and a day before the end where that is later.

    Examples
    --------
    >>> reminders(Approval(approval_id="a", use_case="u", version=1, requested_by="d", risk_tier="high",
    ...     task_token="t", created_at="2026-01-01T00:00:00.000Z", expires_at="2026-01-04T00:00:00.000Z"))
    ['2026-01-02T12:00:00.000Z', '2026-01-03T00:00:00.000Z']
    """
    start, end = map(datetime.fromisoformat, (asked.created_at, asked.expires_at))
    half = start + (end - start) / 2
    return [_text(half), *([_text(end - _DAY)] if end - _DAY > half else [])]


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _told(approval: Approval) -> dict[str, Any]:
    """Return what people and workflows are told of an approval."""
    return {**approval.model_dump(mode="json", exclude={"task_token"}), "open": list(approval.open_roles)}


def _has_passed(version: ModelVersion, stage: Stage) -> bool:
    """Say whether a version has left the question behind with this answer: the step is repeated."""
    answered = version.stage is not Stage.PENDING_APPROVAL
    return answered and any(change.stage is stage for change in version.history)
