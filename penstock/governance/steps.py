"""The steps of the approval workflow, and what people ask of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from penstock.catalog import Catalog
from penstock.errors import AlreadyDecided, InvalidSpec, NotPermitted
from penstock.governance.approvals import Approval, Approvals
from penstock.governance.audit import AuditTrail
from penstock.governance.risk import rate
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.specs import parse_use_case
from penstock.specs.draft import refuse_draft

_AUTOMATIC = "governance"


class Workflow(Protocol):
    """Where a waiting workflow is told to go on."""

    def succeed(self, task_token: str, output: dict[str, Any]) -> None:
        """Send the result of a task that waits."""
        ...


class Registry(Protocol):
    """Where model versions are grouped for SageMaker."""

    def ensure_group(self, use_case: str, description: str) -> None:
        """Create the model package group of a use case if there is none."""
        ...


@dataclass(frozen=True)
class Governance:
    """What the steps need; a handler makes one and keeps it."""

    catalog: Catalog
    models: ModelRepository
    approvals: Approvals
    audit: AuditTrail
    now: Callable[[], str]

    def register_use_case(self, payload: Mapping[str, Any], by: str, registry: Registry) -> dict[str, Any]:
        """Validate and register a use case; the same again changes nothing but the audit trail.

        Raises
        ------
        InvalidSpec
            With one line a mistake; also for contracts that are still drafts.
        """
        document = payload.get("use_case")
        if not isinstance(document, Mapping):
            raise InvalidSpec("The request has no use case.", expected="its document under 'use_case'")
        use_case = parse_use_case(dict(document), where="the request")
        for contract in use_case.datasets:
            refuse_draft(contract, where=f"the request, datasets/{contract.dataset}")
        digest = self.catalog.register(use_case, by=by, at=self.now())
        registry.ensure_group(use_case.name, use_case.title)
        rating = rate(use_case.risk)
        self._record(
            use_case.name,
            "use case registered",
            by,
            f"use case {use_case.name}",
            {"digest": digest, "risk_tier": rating.tier, "points": rating.points},
        )
        return {
            "use_case": use_case.name,
            "digest": digest,
            "risk_tier": rating.tier,
            "registered_by": by,
            "contracts": [self._contract(use_case.name, one.dataset) for one in use_case.datasets],
        }

    def _contract(self, use_case: str, dataset: str) -> dict[str, Any]:
        """Return what became of a contract that was registered, and whether files wait for it."""
        found = self.catalog.contracts.history(use_case, dataset)[-1]
        facts = found.model_dump(mode="json", include={"dataset", "number", "status", "in_force"})
        return {
            **facts,
            "changes": list(found.changes[:20]),
            "due": found.in_force and bool(self.catalog.waiting(use_case, dataset)),
        }

    def open(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        """Rate a registered version and say whether a person has to approve it."""
        use_case = self.catalog.use_case(detail["use_case"])
        rating = rate(use_case.risk)
        return {
            "use_case": use_case.name,
            "version": int(detail["version"]),
            "risk_tier": rating.tier,
            "route": "person" if rating.needs_approval else "automatic",
            "requested_by": self.models.version(use_case.name, int(detail["version"])).requested_by,
            "timeout_seconds": rating.approval_hours * 3_600,
        }

    def ask(self, opened: Mapping[str, Any], task_token: str, approval_id: str) -> dict[str, Any]:
        """Put the question to the approvers; the workflow waits for the answer."""
        expires = datetime.fromisoformat(self.now()) + timedelta(seconds=int(opened["timeout_seconds"]))
        approval = self.approvals.ask(
            Approval(
                approval_id=approval_id,
                use_case=opened["use_case"],
                version=opened["version"],
                requested_by=opened["requested_by"],
                risk_tier=opened["risk_tier"],
                created_at=self.now(),
                expires_at=expires.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                task_token=task_token,
            )
        )
        self._record(
            approval.use_case,
            "approval asked",
            _AUTOMATIC,
            f"version {approval.version}",
            {"approval": approval_id, "risk_tier": approval.risk_tier, "expires_at": approval.expires_at},
            once=True,
        )
        return approval.model_dump(mode="json", exclude={"task_token"})

    def decide(
        self, payload: Mapping[str, Any], by: str, workflow: Workflow, *, is_approver: bool
    ) -> dict[str, Any]:
        """Answer a question as the person whose identity was proven, and let the workflow go on.

        Parameters
        ----------
        by, is_approver
            The person's name, and whether the person acts under the approver's role.

        Raises
        ------
        NotPermitted
            The person is no approver. The attempt is audited.
        SegregationOfDuties, AlreadyDecided, NotFound
            See :class:`~penstock.governance.Approvals`. An attempt on one's own work is audited. When it
            was decided already, the workflow is told once more, lest the first telling was lost.
        """
        decision, reason = payload.get("decision"), str(payload.get("reason", ""))
        if decision not in {"approve", "reject"}:
            raise InvalidSpec("A decision is one of two.", found=repr(decision), expected="approve or reject")
        asked = self.approvals.get(str(payload.get("approval_id", "")))
        if by == asked.requested_by:
            facts = {"approval": asked.approval_id}
            self._record(asked.use_case, "own approval refused", by, f"version {asked.version}", facts)
        elif not is_approver:
            facts = {"approval": asked.approval_id}
            self._record(asked.use_case, "approval refused", by, f"version {asked.version}", facts)
            raise NotPermitted(
                "Only an approver may decide.",
                found=by,
                expected="somebody who acts under the approver role",
                where=f"version {asked.version} of {asked.use_case}",
                action="Ask a colleague with the approver role.",
            )
        try:
            decided = self.approvals.decide(
                asked.approval_id, by=by, decision=decision, reason=reason, at=self.now()
            )
        except AlreadyDecided:
            if (known := self.approvals.get(asked.approval_id)).decided_by:
                self._tell(known, workflow)
            raise
        return self._tell(decided, workflow)

    def close(self, opened: Mapping[str, Any], status: str, by: str, reason: str) -> dict[str, Any]:
        """Give the version the stage that the decision demands."""
        stage = {"approved": Stage.APPROVED, "rejected": Stage.REJECTED, "expired": Stage.EXPIRED}[status]
        moved = self.models.version(opened["use_case"], opened["version"])
        if not _has_passed(moved, stage):
            moved = self.models.move(
                moved.use_case, moved.version, stage, by=by or _AUTOMATIC, at=self.now(), reason=reason
            )
        if not by:
            self._record(
                moved.use_case,
                f"version {status}",
                _AUTOMATIC,
                f"version {moved.version}",
                {"reason": reason, "risk_tier": opened["risk_tier"]},
                once=True,
            )
        return {
            "use_case": moved.use_case,
            "version": moved.version,
            "status": status,
            "decided_by": by or _AUTOMATIC,
            "package_arn": moved.package_arn,
            "approval_status": "Approved" if status == "approved" else "Rejected",
        }

    def expire(self, approval_id: str) -> dict[str, Any]:
        """Close a question that nobody answered in time; an answer in the last moment counts."""
        closed = self.approvals.expire(approval_id, at=self.now())
        return closed.model_dump(mode="json", include={"status", "decided_by", "reason"})

    def _tell(self, decided: Approval, workflow: Workflow) -> dict[str, Any]:
        """Record a decision, and let the workflow go on."""
        facts = {"approval": decided.approval_id, "reason": decided.reason}
        subject = f"version {decided.version}"
        self._record(
            decided.use_case, f"version {decided.status}", decided.decided_by, subject, facts, once=True
        )
        answer = decided.model_dump(mode="json", exclude={"task_token"})
        workflow.succeed(decided.task_token, answer)
        return answer

    def _record(
        self,
        use_case: str,
        action: str,
        actor: str,
        subject: str,
        details: dict[str, Any],
        *,
        once: bool = False,
    ) -> None:
        self.audit.append(
            use_case,
            action=action,
            actor=actor,
            subject=subject,
            at=self.now(),
            details=details,
            once=once,
        )


def _has_passed(version: ModelVersion, stage: Stage) -> bool:
    """Say whether a version has left the question behind with this answer: the step is repeated."""
    answered = version.stage is not Stage.PENDING_APPROVAL
    return answered and any(change.stage is stage for change in version.history)
