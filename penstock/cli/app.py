"""The commands and their names; what is heavy is imported by the command that needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from penstock.cli import (
    auditing,
    cloud,
    comparing,
    datasets,
    documenting,
    experimenting,
    explaining,
    exporting,
    features,
    feeding,
    governing,
    importing,
    interop,
    listing,
    predicting,
    profiling,
    requesting,
    searching,
    snapshots,
    telling,
    validating,
    watching,
)
from penstock.cli.connection import Target

app = typer.Typer(
    name="penstock",
    help="From files in a data lake to governed, served, watched and retrained models.",
    epilog="\b\nExample:\n  penstock demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
_model = typer.Typer(
    name="model", help="One version of a model.", no_args_is_help=True, rich_markup_mode=None
)
_dataset = typer.Typer(name="dataset", help="One dataset.", no_args_is_help=True, rich_markup_mode=None)
_feature = typer.Typer(
    name="feature", help="Feature views, on-demand features and services.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
_audit = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def options(
    context: typer.Context,
    profile: Annotated[str, typer.Option(help="AWS profile; in a local cloud one of its people.")] = "",
    environment: Annotated[str, typer.Option(help="Environment of the platform.")] = "dev",
) -> None:
    """From files in a data lake to governed, served, watched and retrained models."""
    context.obj = Target(profile=profile, environment=environment, folder=Path.cwd())


def run() -> None:
    """Run the command line, telling errors in words."""
    try:
        app()
    except Exception as error:
        if os.environ.get("PENSTOCK_DEBUG") == "1":
            raise
        telling.tell_error(error)
        sys.exit(1)


def _add(parent: typer.Typer, name: str, command: Callable[..., Any], *examples: str) -> None:
    """Register a command with examples below its help."""
    lines = "\n".join(f"  {example}" for example in examples)
    heading = "Example" if len(examples) == 1 else "Examples"
    parent.command(name, epilog=f"\b\n{heading}:\n{lines}")(command)


_add(app, "demo", cloud.demo, "penstock demo", "penstock demo --usecase breast_cancer")
_add(app, "up", cloud.up, "penstock up")
_add(app, "down", cloud.down, "penstock down")
_add(app, "status", cloud.status, "penstock status --json")
_add(
    app,
    "executions",
    watching.executions,
    "penstock executions --follow",
    "penstock executions --workflow training",
)
_add(app, "logs", watching.logs, "penstock logs --follow onboard")
_add(app, "models", listing.models, "penstock models late_invoices")
_add(_model, "show", listing.model_show, "penstock model show late_invoices 1")
comparing.add_to(_model, _add)
importing.add_to(_model, _add)
exporting.add_to(_model, _add)
app.add_typer(_model)
experimenting.add_to(app, _add)
_add(app, "datasets", listing.datasets, "penstock datasets")
datasets.add_to(_dataset, _add)
app.add_typer(_dataset)
features.add_to(_feature, _add)
interop.add_to(_feature, _add)
app.add_typer(_feature)
_add(
    app,
    "predict",
    predicting.predict,
    "penstock predict late_invoices --sample 5",
    "penstock predict late_invoices rows.json",
    "penstock predict late_invoices --sample 5 --explain",
)
explaining.add_to(app, _add)
_add(app, "register", feeding.register, "penstock register examples/late_invoices")
_add(app, "upload", feeding.upload, "penstock upload late_invoices invoices january.csv february.csv")
_add(
    app,
    "train",
    requesting.train,
    "penstock train late_invoices --reason 'new month'",
    "penstock train late_invoices --candidate 'deep=xgboost:{\"max_depth\": 9}'",
)
_add(app, "approvals", governing.approvals, "penstock approvals")
_add(
    app,
    "approve",
    governing.approve,
    "penstock --profile approver approve late_invoices-1 --reason 'metrics are fine'",
)
_add(
    app, "reject", governing.reject, "penstock --profile approver reject late_invoices-1 --reason 'too slow'"
)
_add(
    app,
    "deploy",
    requesting.deploy,
    "penstock deploy late_invoices --version 2 --set PENSTOCK_MAX_BATCH_ROWS=500",
)
_add(app, "monitor", requesting.monitor, "penstock monitor late_invoices")
_add(
    app,
    "delegate",
    governing.delegate,
    "penstock --profile approver delegate sam --until 2026-07-15 --reason 'on leave'",
)
auditing.add_to(_audit, _add)
app.add_typer(_audit)
searching.add_to(app, _dataset, _add)
profiling.add_to(_dataset, _add)
snapshots.add_to(_dataset, _add)
validating.add_to(_dataset, _add)
_add(app, "report", predicting.report, "penstock report late_invoices -o report.html")
documenting.add_to(app, _add)
_add(app, "version", cloud.version, "penstock version")
