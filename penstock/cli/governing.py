"""``approvals``, ``approve``, ``reject`` and ``delegate``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from penstock.cli import operations
from penstock.cli.listing import OptionalUseCase
from penstock.cli.telling import AsJson, print_json, say, show
from penstock.errors import InvalidSpec

ApprovalId = Annotated[str, typer.Argument(metavar="ID", help="As `penstock approvals` shows it.")]
Reason = Annotated[str, typer.Option(help="Why; it is audited.")]
_APPROVAL_COLUMNS = (
    "approval_id",
    "use_case",
    "version",
    "risk_tier",
    "open",
    "requested_by",
    "created_at",
    "expires_at",
)


def approvals(context: typer.Context, use_case: OptionalUseCase = "", as_json: AsJson = False) -> None:
    """List the versions that wait for a person's decision."""
    from penstock.governance import Approvals

    found = Approvals(context.obj.platform().items("approvals")).pending(use_case or None)
    rows = [
        {**one.model_dump(mode="json", exclude={"task_token"}), "open": ", ".join(one.open_roles)}
        for one in found
    ]
    show(rows, _APPROVAL_COLUMNS, as_json=as_json, empty="Nothing waits for a decision.")


def approve(context: typer.Context, approval: ApprovalId, reason: Reason, as_json: AsJson = False) -> None:
    """Approve a version, as somebody else than its submitter; it is then deployed."""
    _decide(context, approval, "approve", reason, as_json=as_json)


def reject(context: typer.Context, approval: ApprovalId, reason: Reason, as_json: AsJson = False) -> None:
    """Reject a version; it will not be deployed."""
    _decide(context, approval, "reject", reason, as_json=as_json)


def delegate(  # noqa: PLR0917
    context: typer.Context,
    to: Annotated[str, typer.Argument(metavar="PERSON", help="Who decides in your place.")],
    until: Annotated[str, typer.Option(help="The first moment when no longer, such as 2026-07-01.")] = "",
    since: Annotated[str, typer.Option(help="From when on; now unless given.")] = "",
    reason: Annotated[str, typer.Option(help="Why; it is audited.")] = "",
    revoke: Annotated[bool, typer.Option("--revoke", help="End it now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let somebody else decide in your place for a while, a month at most; both names are recorded."""
    dates = {"ends_at": moment(until), "starts_at": moment(since)} if not revoke else {"revoke": True}
    answer = context.obj.platform().call("delegate_approval", {"to": to, "reason": reason, **dates})
    if as_json:
        print_json(answer)
        return
    for one in answer["delegations"]:
        end = one["revoked_at"] or one["ends_at"]
        say(f"{one['delegate']} decides for {one['delegator']} as {one['role']} until {end[:16]}.")


def moment(text: str) -> str:
    """Return a day or a time as the platform writes times; an empty text stays empty.

    Raises
    ------
    InvalidSpec
        It is no time.

    Examples
    --------
    >>> moment("2026-07-01"), moment("2026-07-01T12:30+02:00")
    ('2026-07-01T00:00:00.000Z', '2026-07-01T10:30:00.000Z')
    """
    if not text:
        return ""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidSpec("This is no time.", found=text, expected="such as 2026-07-01T12:00") from error
    at = found if found.tzinfo else found.replace(tzinfo=UTC)
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
        told = f"by {answer['decided_by']}" if answer["decided_by"] else f"for {', '.join(answer['open'])}"
        say(f"{answer['approval_id']} is {answer['status']} {told}.")
