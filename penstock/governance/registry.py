"""Keeping SageMaker's model packages in step with the repository, in both directions.

The repository decides. What changes there is written to the package by the approval workflow; what
somebody changes in SageMaker comes as an event. It is taken over as that person's decision if it could have
been made here: by somebody under an approver's role, on another's version, in time, with a reason where
one is needed. Anything else is undone, and the audit trail has who tried what. A package that somebody makes
or removes there is noticed: by its event, or by the daily sweep where no event came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from penstock.errors import PenstockError
from penstock.governance.approving import Approving, Workflow
from penstock.governance.audit import record_version
from penstock.governance.identity import Caller
from penstock.models import ModelVersion, Stage
from penstock.models.package import APPROVED, PENDING, REJECTED, expected_status, group_name

_DECISIONS: dict[str, str] = {APPROVED: "approve", REJECTED: "reject"}
_UNKNOWN = "it is not registered here: train it, or import it (penstock model import)"
_SHARED_SESSION = "SageMaker"
"""How every user of a Studio without source identities is called."""


class Packages(Protocol):
    """SageMaker's model packages."""

    def describe(self, arn: str) -> dict[str, Any] | None:
        """Return a package as SageMaker describes it, or None when there is none of that ARN."""
        ...

    def arns(self, group: str) -> Iterable[str]:
        """Return the ARNs of the packages of a group; none when there is no such group."""
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
            ``outcome`` is ``in_step``, ``taken_over``, ``brought_in_step``, ``undone``, ``made_outside``,
            ``removed``, or ``unknown``: a package in a group of no use case.
        """
        arn = str(detail["ModelPackageArn"])
        use_case = self._use_case(_group(arn))
        if not use_case:
            return {"outcome": "unknown", "package_arn": arn}
        found = self.packages.describe(arn)
        if found is None or found.get("ModelPackageStatus") == "Deleting":
            return self._removed(use_case, arn)
        version = self._version(use_case, arn, found)
        if version is None:
            return self._made_outside(use_case, arn, found)
        return self._compare(version, arn, found)

    def sweep(self) -> list[dict[str, Any]]:
        """Follow every package of every use case, and return what was not in step."""
        told = list[dict[str, Any]]()
        for use_case in self._use_cases():
            there = set(self.packages.arns(group_name(use_case)))
            known = {one.package_arn for one in self.approving.models.versions(use_case) if one.package_arn}
            told += [self.follow({"ModelPackageArn": arn}) for arn in sorted(there | known)]
        return [one for one in told if one["outcome"] != "in_step"]

    def _compare(self, version: ModelVersion, arn: str, found: Mapping[str, Any]) -> dict[str, Any]:
        """Compare a package with its version, and take over, undo, or catch up."""
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
        self._record(version.use_case, version.version, "package status undone", caller, {**told, "why": why})
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

    def _made_outside(self, use_case: str, arn: str, found: Mapping[str, Any]) -> dict[str, Any]:
        """Record a package that no version has; one that is approved is rejected, lest it be deployed."""
        caller, told = _caller(found, member="CreatedBy"), {"use_case": use_case, "package_arn": arn}
        self._record(use_case, None, "package made outside", caller, {"package_arn": arn})
        if found.get("ModelApprovalStatus") == APPROVED:
            self.packages.set_status(arn, REJECTED, f"Undone by Penstock: {_UNKNOWN}")
            facts = {"package_arn": arn, "from": APPROVED, "to": REJECTED, "why": _UNKNOWN}
            self._record(use_case, None, "package status undone", _caller(found) or caller, facts)
        return {"outcome": "made_outside", **told, "by": caller.name if caller else ""}

    def _removed(self, use_case: str, arn: str) -> dict[str, Any]:
        """Record that the package of a version was deleted; the version stays as it is."""
        versions = self.approving.models.versions(use_case)
        of = next((one.version for one in versions if one.package_arn == arn), None)
        self._record(use_case, of, "package removed in SageMaker", None, {"package_arn": arn})
        return {"outcome": "removed", "use_case": use_case, "version": of, "package_arn": arn}

    def _version(self, use_case: str, arn: str, found: Mapping[str, Any]) -> ModelVersion | None:
        """Return the version that a package is of: what it says of itself counts only until it is noted."""
        said = (found.get("CustomerMetadataProperties") or {}).get("version")
        versions = self.approving.models.versions(use_case)
        fits = (one for one in versions if one.package_arn == arn)
        new = (one for one in versions if not one.package_arn and str(one.version) == said)
        return next(fits, None) or next(new, None)

    def _use_cases(self) -> list[str]:
        return sorted({str(entry["use_case"]) for entry in self.approving.catalog.datasets()})

    def _use_case(self, group: str) -> str:
        """Return the use case of a package group; an empty text when it is nobody's."""
        return next((name for name in self._use_cases() if group_name(name) == group), "")

    def _record(
        self, use_case: str, version: int | None, action: str, caller: Caller | None, facts: dict[str, Any]
    ) -> None:
        """Record what happened in SageMaker; the same event again leaves one record."""
        record_version(
            self.approving.audit,
            use_case,
            version,
            action=action,
            actor=caller.name if caller else "sagemaker",
            at=self.now(),
            details=facts,
            once=action != "package status undone",
        )


def _group(arn: str) -> str:
    """Return the group of a package's ARN.

    Examples
    --------
    >>> _group("arn:aws:sagemaker:eu-west-1:111122223333:model-package/penstock-demo/1")
    'penstock-demo'
    """
    return arn.partition(":model-package/")[2].partition("/")[0]


def _caller(found: Mapping[str, Any], *, member: str = "LastModifiedBy") -> Caller | None:
    """Return who changed a package last, or made it, as SageMaker tells of IAM identities.

    The people of a Studio share one session: there, the source identity of the session or the name of the
    profile is the person. Where SageMaker tells neither, it is nobody.
    """
    context = found.get(member) or {}
    identity = context.get("IamIdentity") or {}
    arn = str(identity.get("Arn") or "")
    parts = arn.split(":")
    if len(parts) <= 5 or not parts[4]:  # noqa: PLR2004
        return None
    role, _, session = arn.rpartition("/")
    person = str(identity.get("SourceIdentity") or context.get("UserProfileName") or session)
    return None if person == _SHARED_SESSION else Caller(arn=f"{role}/{person}", account=parts[4])
