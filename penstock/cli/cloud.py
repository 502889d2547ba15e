"""``demo``, ``up``, ``down``, ``status`` and ``version``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import penstock
from penstock.cli.connection import Target
from penstock.cli.telling import AsJson, print_json, say


class Story(StrEnum):
    """The use cases that a demo can tell."""

    LATE_INVOICES = "late_invoices"
    BREAST_CANCER = "breast_cancer"
    WINE_CULTIVARS = "wine_cultivars"
    DIABETES_PROGRESSION = "diabetes_progression"
    FLOWER_GROUPS = "flower_groups"


def demo(  # noqa: PLR0917
    context: typer.Context,
    usecase: Annotated[Story, typer.Option(help="Which use case.")] = Story.LATE_INVOICES,
    rows: Annotated[int, typer.Option(min=1_400, help="Rows of all invoice files together.")] = 200_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same data.")] = 7,
    fresh: Annotated[
        bool | None,
        typer.Option(
            "--fresh/--keep",
            help="Begin with an empty cloud (the old one is kept aside), or use what runs. "
            "Without either: empty only if this use case has been shown before.",
        ),
    ] = None,
    report: Annotated[Path, typer.Option("--report", "-o", help="Where the report goes.")] = Path(
        "report.html"
    ),
) -> None:
    """Show the whole loop on the local cloud: from files to a served, watched and retrained model."""
    from penstock.demo import Request, tell

    target: Target = context.obj
    tell(
        Request(
            root=target.root,
            use_case=usecase.value,
            rows=rows,
            seed=seed,
            fresh=fresh,
            report=report,
            environment=target.environment,
        )
    )


def up(context: typer.Context) -> None:
    """Start the local cloud, or resume it, and deploy the platform into it."""
    from penstock.demo.platform_start import start
    from penstock.demo.stage import open_stage

    target: Target = context.obj
    with open_stage() as stage, stage.step("Start the local cloud and deploy the platform", "penstock up"):
        cloud = start(target.root, stage, target.environment)
    say(f"The local cloud runs at {cloud.endpoint}. People: {', '.join(cloud.profiles)}.")


def down(context: typer.Context) -> None:
    """Stop the local cloud; `penstock up` resumes with its state."""
    from local_cloud import lifecycle

    root = context.obj.root
    say("The local cloud is stopped." if lifecycle.down(root) else f"No local cloud runs in {root}.")


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say whether the local cloud runs, where, and what the platform has there."""
    from local_cloud import lifecycle

    target: Target = context.obj
    found = lifecycle.status(target.root)
    cloud = found.cloud if found.running else None
    document = {
        "running": found.running,
        "folder": str(target.root),
        "endpoint": cloud.endpoint if cloud else None,
        "pid": cloud.pid if cloud else None,
        "people": list(cloud.profiles) if cloud else [],
        "workflows": sorted(target.platform().workflows) if cloud else [],
    }
    if as_json:
        print_json(document)
    elif cloud is None:
        say(f"No local cloud runs in {target.root}. Start it with `penstock up`.")
    else:
        _tell(document)


def version(as_json: AsJson = False) -> None:
    """Print the version of Penstock."""
    if as_json:
        print_json({"version": penstock.__version__})
    else:
        say(penstock.__version__)


def _tell(document: dict[str, object]) -> None:
    """Print the state of a running cloud line by line."""
    for name, value in document.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        say(f"{name:10} {'yes' if shown is True else shown}")
