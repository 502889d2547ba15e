"""``card``, ``inventory`` and ``evidence``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, print_json, say, show

if TYPE_CHECKING:
    from penstock.models import ModelVersion
    from penstock.platform import Platform

Version = Annotated[str, typer.Option(help="A number, an alias, champion or latest.")]
_COLUMNS = (
    "use_case",
    "version",
    "stage",
    "risk_tier",
    "candidate",
    "metric",
    "value",
    "approved_by",
    "review_due",
    "overdue",
)


def card(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    version: Version = "champion",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it as a page.")] = None,
    request: Annotated[
        bool, typer.Option("--request", help="Print SageMaker's CreateModelCard request.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a version's model card, in SageMaker's schema or as a page."""
    from penstock.catalog import Catalog
    from penstock.governance.cards import card_name, model_card, read_documents
    from penstock.governance.dossier import approvals_of, audit_check, now_text
    from penstock.governance.keeping import card_status
    from penstock.governance.pages import card_page
    from penstock.models.card import card_request

    platform = context.obj.platform()
    found, now = _version(platform, use_case, version), now_text()
    spec = Catalog(platform.items("catalog")).use_case(use_case)
    documents = read_documents(platform.artifacts, found)
    content = model_card(spec, found, documents, bucket=platform.artifacts.uri).document()
    if output is not None:
        approvals = approvals_of(platform, use_case, found.version)
        check = audit_check(platform, use_case, now=now)
        output.write_text(card_page(content, found, approvals, check, now=now), encoding="utf-8")
    if request:
        print_json(card_request(card_name(found), content, status=card_status(found)))
    elif as_json or output is None:
        print_json(content)
    else:
        say(f"{output} ({output.stat().st_size / 1_000:.0f} kB)")


def inventory(
    context: typer.Context,
    live: Annotated[bool, typer.Option("--live", help="Only what serves.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it as a page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List all models with risk, approval and the date of their next review."""
    from penstock.governance import dossier
    from penstock.governance.pages import inventory_page

    now = dossier.now_text()
    found = dossier.inventory(context.obj.platform(), now=now, live_only=live)
    if output is not None:
        output.write_text(inventory_page(found, now=now), encoding="utf-8")
    rows = [one.model_dump(mode="json") for one in found]
    if as_json or output is None:
        show(rows, _COLUMNS, as_json=as_json, empty="There are no model versions yet.")
    else:
        say(f"{output} ({len(rows)} versions)")


def evidence(
    context: typer.Context,
    use_case: UseCaseName,
    version: Version = "champion",
    output: Annotated[Path, typer.Option("--output", "-o", help="The archive.")] = Path("evidence.zip"),
    as_json: AsJson = False,
) -> None:
    """Collect all that proves a version into one archive; exit code 1 if something in it is wrong."""
    from penstock.governance.dossier import now_text
    from penstock.governance.evidence import write_evidence

    platform = context.obj.platform()
    made = write_evidence(platform, _version(platform, use_case, version), output, now=now_text())
    if as_json:
        print_json({**made.model_dump(mode="json"), "archive": str(output)})
    else:
        say(f"{output}: {len(made.files)} files about version {made.version} of {use_case}")
        for problem in made.problems:
            say(f"  problem: {problem}")
    if made.problems:
        raise typer.Exit(1)


def add_to(app: typer.Typer, add: Callable[..., None]) -> None:
    """Register these commands."""
    add(
        app,
        "card",
        card,
        "penstock card late_invoices -o card.html",
        "penstock card late_invoices --version 1 --request",
    )
    add(app, "inventory", inventory, "penstock inventory", "penstock inventory --live -o inventory.html")
    add(app, "evidence", evidence, "penstock evidence late_invoices --version 1 -o evidence.zip")


def _version(platform: Platform, use_case: str, name: str) -> ModelVersion:
    """Return a version by number or name."""
    from penstock.models.aliases import Aliases

    return Aliases(platform.items("models")).resolve(use_case, name)
