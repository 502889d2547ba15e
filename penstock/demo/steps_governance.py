"""Steps about governance: approvals by another person, and the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.cli import operations
from penstock.demo.play import Play
from penstock.demo.waiting import StepFailed, wait_for
from penstock.errors import NotPermitted

if TYPE_CHECKING:
    from penstock.governance import Approval, AuditCheck
    from penstock.platform import Platform

_APPROVAL_SECONDS = 120.0
_COPY_SECONDS = 60.0


def approve_first(play: Play) -> None:
    """Show that the submitter may not approve her own version; then somebody else does."""
    with play.stage.step(
        "The governance gate: the submitter is refused, another person approves",
        "penstock approve ID --reason 'looks good to me'",
        "penstock --profile approver approve ID --reason 'metrics and explanation reviewed'",
    ):
        approval = _pending(play)
        _refuse_own(play, approval)
        _approve(play, approval, "metrics and explanation reviewed")


def approve_challenger(play: Play) -> None:
    """Let the approver approve the challenger."""
    with play.stage.step(
        "priya approves the challenger",
        "penstock --profile approver approve ID --reason 'better on the changed month'",
    ):
        _approve(play, _pending(play), "better on the changed month")


def verify_audit(play: Play) -> None:
    """Prove the audit trail, and that each record has its locked copy."""
    with play.stage.step(
        "The audit trail is proven, with its locked copies", f"penstock audit verify {play.use_case}"
    ):
        check = wait_for(
            lambda: _settled(play.dana, play.use_case),
            what="the copies of the audit trail",
            timeout=_COPY_SECONDS,
        )
        if not check.intact:
            raise StepFailed("The audit trail does not verify.", found="; ".join(check.findings))
        people = sorted({record.actor for record in play.audited()})
        play.stage.note(f"{check.records} records by {', '.join(people)}: the chain of hashes is intact")
        play.stage.note(f"{check.copies} copies under Object Lock say the same")


def _settled(platform: Platform, use_case: str) -> AuditCheck | None:
    """Compare the trail with its copies; None while some are still on their way."""
    from penstock.governance.dossier import audit_check, now_text

    check = audit_check(platform, use_case, now=now_text())
    return check if check.findings or not check.waiting else None


def _pending(play: Play) -> Approval:
    """Wait for the approval that is asked for."""
    from penstock.governance import Approvals

    approvals = Approvals(play.priya.items("approvals"))
    return wait_for(
        lambda: next(iter(approvals.pending(play.use_case)), None),
        what="an approval to be asked for",
        timeout=_APPROVAL_SECONDS,
        watch=play.watch("approval"),
    )


def _refuse_own(play: Play, approval: Approval) -> None:
    """Let the submitter try to approve, which must fail."""
    from botocore.exceptions import ClientError

    try:
        operations.decide(play.dana, approval.approval_id, "approve", reason="looks good to me")
    except NotPermitted as error:
        play.stage.note(f"dana is refused: {type(error).__name__}\n{error}", style="yellow")
    except ClientError as error:
        play.stage.note(f"dana is refused by IAM: {error}", style="yellow")
    else:
        raise StepFailed("The submitter could approve her own version.", where=approval.approval_id)


def _approve(play: Play, approval: Approval, reason: str) -> None:
    """Let the approver approve."""
    answer = operations.decide(play.priya, approval.approval_id, "approve", reason=reason)
    play.stage.note(f"version {approval.version} is {answer['status']} by {answer['decided_by']}: {reason}")
