"""``approvals``, ``approve``, ``reject``, ``audit show`` and ``audit verify``."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from penstock.cli import operations
from penstock.cli.feeding import UseCaseName
from penstock.cli.listing import OptionalUseCase
from penstock.cli.telling import AsJson, print_json, say, show

ApprovalId = Annotated[str, typer.Argument(metavar="ID", help="As `penstock approvals` shows it.")]
Reason = Annotated[str, typer.Option(help="Why; it is audited.")]
_APPROVAL_COLUMNS = (
    "approval_id",
    "use_case",
    "version",
    "risk_tier",
    "requested_by",
    "created_at",
    "expires_at",
)
_AUDIT_COLUMNS = ("sequence", "at", "actor", "action", "subject", "hash")


def approvals(context: typer.Context, use_case: OptionalUseCase = "", as_json: AsJson = False) -> None:
    """List the versions that wait for a person's decision."""
    from penstock.governance import Approvals

    found = Approvals(context.obj.platform().items("approvals")).pending(use_case or None)
    rows = [one.model_dump(mode="json", exclude={"task_token"}) for one in found]
    show(rows, _APPROVAL_COLUMNS, as_json=as_json, empty="Nothing waits for a decision.")


def approve(context: typer.Context, approval: ApprovalId, reason: Reason, as_json: AsJson = False) -> None:
    """Approve a version, as somebody else than its submitter; it is then deployed."""
    _decide(context, approval, "approve", reason, as_json=as_json)


def reject(context: typer.Context, approval: ApprovalId, reason: Reason, as_json: AsJson = False) -> None:
    """Reject a version; it will not be deployed."""
    _decide(context, approval, "reject", reason, as_json=as_json)


def audit_show(context: typer.Context, use_case: UseCaseName, as_json: AsJson = False) -> None:
    """List who did what, when and why."""
    from penstock.governance import AuditTrail

    trail = AuditTrail(context.obj.platform().items("audit"))
    found = [record.model_dump(mode="json") for record in trail.records(use_case)]
    rows = found if as_json else [{**record, "hash": record["hash"][:12]} for record in found]
    show(rows, _AUDIT_COLUMNS, as_json=as_json, empty="Nothing has been audited yet.")


def audit_verify(context: typer.Context, use_case: UseCaseName, as_json: AsJson = False) -> None:
    """Prove that no audit record was changed, removed, added or moved; exit code 1 if one was."""
    from penstock.governance import AuditTrail

    records = AuditTrail(context.obj.platform().items("audit")).verify(use_case)
    if as_json:
        print_json({"use_case": use_case, "records": records, "verified": True})
    else:
        say(f"{use_case}: {records} records, the chain is intact.")


def _decide(
    context: typer.Context,
    approval: str,
    decision: Literal["approve", "reject"],
    reason: str,
    *,
    as_json: bool,
) -> None:
    """Answer an approval and say so."""
    answer = operations.decide(context.obj.platform(), approval, decision, reason=reason)
    if as_json:
        print_json(answer)
    else:
        say(f"{answer['approval_id']} is {answer['status']} by {answer['decided_by']}.")
