"""Keeping SageMaker's model packages in step with the repository, in both directions.

The repository decides. What changes there is written to the package by the approval workflow; what
somebody changes in SageMaker comes as an event. It is taken over as that person's decision if it could have
been made here: by somebody under an approver's role, on another's version, in time, with a reason where
one is needed. Anything else is undone, and the audit trail has who tried what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from penstock.errors import InvalidSpec, NotFound, PenstockError
from penstock.governance.approving import Approving, Workflow
from penstock.governance.identity import Caller
from penstock.models import ModelVersion, Stage

PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
_REFUSED = {Stage.REFUSED, Stage.REJECTED, Stage.EXPIRED}
_DECISIONS = {APPROVED: "approve", REJECTED: "reject"}


class Packages(Protocol):
    """SageMaker's model packages."""

    def describe(self, arn: str) -> dict[str, Any] | None:
        """Return a package as SageMaker describes it, or None when there is none of that ARN."""
        ...

    def set_status(self, arn: str, status: str, why: str) -> None:
        """Set the approval status of a package."""
        ...


@dataclass(frozen=True)
class Registry:
    """What following SageMaker needs.

    Attributes
    ----------
    roles
        ARNs of the IAM roles by the roles of approvers.
    """

    approving: Approving
    packages: Packages
    workflow: Workflow
    roles: Mapping[str, str]
    now: Callable[[], str]

    def follow(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a change of a package.

        Parameters
        ----------
        detail
            Of SageMaker's event; only the ARN counts, as events may be late and out of order.

        Returns
        -------
        dict
            ``outcome`` is ``in_step``, ``taken_over``, ``brought_in_step``, ``undone``, ``unknown`` or
            ``removed``.
        """
        arn = str(detail["ModelPackageArn"])
        found = self.packages.describe(arn)
        if found is None or found.get("ModelPackageStatus") == "Deleting":
            return self._removed(detail)
        version = self._version(arn, found)
        if version is None:
            return {"outcome": "unknown", "package_arn": arn}
        status, wanted = str(found.get("ModelApprovalStatus")), expected_status(version)
        told = {"use_case": version.use_case, "version": version.version, "from": status, "to": wanted}
        if status == wanted:
            return {"outcome": "in_step", **told}
        if status == PENDING:
            self.packages.set_status(arn, wanted, "As decided in Penstock.")
            return {"outcome": "brought_in_step", **told}
        caller = _caller(found)
        why = self._taken_over(version, status, str(found.get("ApprovalDescription") or ""), caller)
        if not why:
            return {"outcome": "taken_over", **told, "by": caller.name if caller else ""}
        self.packages.set_status(arn, wanted, f"Undone by Penstock: {why}"[:1_024])
        self._record(version, "package status undone", caller, {**told, "why": why})
        return {"outcome": "undone", **told, "why": why}

    def _taken_over(self, version: ModelVersion, status: str, reason: str, caller: Caller | None) -> str:
        """Decide in the name of who changed the package; return why not, or nothing if it is decided."""
        if version.stage is not Stage.PENDING_APPROVAL:
            return f"the version is {version.stage}"
        if caller is None:
            return "SageMaker does not tell who changed it"
        asked = self.approving.approvals.of(version.use_case, version.version)
        waiting = next((one for one in asked if one.status == "pending"), None)
        if waiting is None:
            return "no approval of it is waiting"
        roles = {name for name, arn in self.roles.items() if caller.has_role(arn)}
        request = {"approval_id": waiting.approval_id, "decision": _DECISIONS[status], "reason": reason}
        try:
            answer = self.approving.decide(request, caller.name, self.workflow, roles=roles)
        except PenstockError as error:
            return error.message
        open_roles = ", ".join(answer["open"]) if answer["status"] == "pending" else ""
        return f"approved by {caller.name}, but {open_roles} has not answered yet" if open_roles else ""

    def _version(self, arn: str, found: Mapping[str, Any]) -> ModelVersion | None:
        """Return the version that a package is of, if it is the one that we made for it."""
        properties = found.get("CustomerMetadataProperties") or {}
        try:
            number = int(properties["version"])
            version = self.approving.models.version(str(properties["use_case"]), number)
        except (KeyError, ValueError, NotFound, InvalidSpec):
            return None
        return version if version.package_arn in {"", arn} else None

    def _removed(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        """Record that a package was deleted; the version stays as it is."""
        arn = str(detail["ModelPackageArn"])
        properties = detail.get("CustomerMetadataProperties") or {}
        use_case = str(properties.get("use_case") or "")
        if use_case:
            facts = {"package_arn": arn}
            self.approving.audit.append(
                use_case,
                action="package removed in SageMaker",
                actor="sagemaker",
                subject=f"version {properties.get('version')}",
                at=self.now(),
                details=facts,
                once=True,
            )
        return {"outcome": "removed", "package_arn": arn}

    def _record(
        self, version: ModelVersion, action: str, caller: Caller | None, facts: dict[str, Any]
    ) -> None:
        self.approving.audit.append(
            version.use_case,
            action=action,
            actor=caller.name if caller else "sagemaker",
            subject=f"version {version.version}",
            at=self.now(),
            details=facts,
        )


def expected_status(version: ModelVersion) -> str:
    """Return the approval status that a version's package must have.

    Examples
    --------
    >>> facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "e", "requested_by": "d"}
    >>> expected_status(ModelVersion(use_case="u", version=1, run_id="r", stage=Stage.EXPIRED,
    ...                              created_at="2026-01-01T00:00:00.000Z", **facts))
    'Rejected'
    """
    if version.stage is Stage.PENDING_APPROVAL:
        return PENDING
    return REJECTED if version.stage in _REFUSED else APPROVED


def _caller(found: Mapping[str, Any]) -> Caller | None:
    """Return who changed a package last, as SageMaker tells of IAM identities."""
    arn = str(((found.get("LastModifiedBy") or {}).get("IamIdentity") or {}).get("Arn") or "")
    parts = arn.split(":")
    return Caller(arn=arn, account=parts[4]) if len(parts) > 5 and parts[4] else None  # noqa: PLR2004
