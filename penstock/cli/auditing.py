"""``audit show``, ``audit verify`` and ``audit export``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.feeding import UseCaseName
from penstock.cli.governing import moment
from penstock.cli.telling import AsJson, print_json, say, show

if TYPE_CHECKING:
    from penstock.governance import AuditRecord
    from penstock.platform import Platform

Since = Annotated[str, typer.Option(help="From this time on, such as 2026-07-01.")]
Until = Annotated[str, typer.Option(help="Before this time.")]
Actor = Annotated[str, typer.Option(help="What one person or step did.")]
Action = Annotated[str, typer.Option(help="What has these words in its action.")]
Subject = Annotated[str, typer.Option(help="What was done to one thing, such as 'version 2'.")]
_COLUMNS = ("sequence", "at", "actor", "action", "subject", "hash")


def audit_show(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    since: Since = "",
    until: Until = "",
    actor: Actor = "",
    action: Action = "",
    subject: Subject = "",
    as_json: AsJson = False,
) -> None:
    """List who did what, when and why."""
    wanted = {"actor": actor, "action": action, "subject": subject}
    found = _records(context.obj.platform(), use_case, since, until, wanted)
    rows = [record.model_dump(mode="json") for record in found]
    shown = rows if as_json else [{**row, "hash": row["hash"][:12]} for row in rows]
    show(shown, _COLUMNS, as_json=as_json, empty="Nothing has been audited yet.")


def audit_verify(
    context: typer.Context,
    use_case: UseCaseName,
    read_copies: Annotated[
        bool, typer.Option("--read-copies", help="Read each copy too, and not only list them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Prove the chain and its locked copies: nothing changed, removed, added or moved; else exit code 1."""
    from penstock.governance.dossier import audit_check, now_text

    check = audit_check(context.obj.platform(), use_case, now=now_text(), read=read_copies)
    if as_json:
        print_json({**check.model_dump(mode="json"), "verified": check.intact})
    elif check.intact:
        waiting = f", {check.waiting} on their way" if check.waiting else ""
        copies = f"{check.copies} locked copies{waiting}"
        say(f"{use_case}: {check.records} records, the chain is intact; {copies}.")
    else:
        say(f"{use_case}: {check.records} records, the audit trail has been tampered with.")
        for finding in check.findings:
            say(f"  {finding}")
    if not check.intact:
        raise typer.Exit(1)


def audit_export(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File; the standard output unless given.")
    ] = None,
    since: Since = "",
    until: Until = "",
    actor: Actor = "",
    action: Action = "",
    copies: Annotated[
        bool, typer.Option("--copies", help="Export the locked copies instead of the table.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write records as JSON lines, for other tools or for a reviewer."""
    platform, wanted = context.obj.platform(), {"actor": actor, "action": action}
    records = list(_records(platform, use_case, since, until, wanted, copies=copies))
    text = "".join(f"{json.dumps(one.model_dump(mode='json'), sort_keys=True)}\n" for one in records)
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"file": str(output), "records": len(records)})
    else:
        say(f"{output}: {len(records)} records")


def add_to(audit: typer.Typer, add: Callable[..., None]) -> None:
    """Register these commands."""
    add(
        audit,
        "show",
        audit_show,
        "penstock audit show late_invoices",
        "penstock audit show late_invoices --actor priya --since 2026-01-01",
    )
    add(
        audit,
        "verify",
        audit_verify,
        "penstock audit verify late_invoices",
        "penstock audit verify late_invoices --read-copies",
    )
    add(audit, "export", audit_export, "penstock audit export late_invoices -o audit.jsonl")


def _records(
    platform: Platform,
    use_case: str,
    since: str,
    until: str,
    wanted: dict[str, str],
    *,
    copies: bool = False,
) -> Iterator[AuditRecord]:
    """Yield the records that were asked for, from the table or from the copies."""
    from penstock.governance import AuditTrail
    from penstock.governance.dossier import audit_copies

    start, end = moment(since), moment(until)
    found = (
        audit_copies(platform).records(use_case)
        if copies
        else AuditTrail(platform.items("audit")).records(use_case)
    )
    for record in found:
        in_time = (not start or record.at >= start) and (not end or record.at < end)
        exact = all(
            not wanted.get(name) or getattr(record, name) == wanted[name] for name in ("actor", "subject")
        )
        if in_time and exact and wanted.get("action", "").lower() in record.action.lower():
            yield record
