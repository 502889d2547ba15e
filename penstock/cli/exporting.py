"""``model export``: a version in a form that other tools read."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.telling import AsJson, busy, console, print_json, say, table

if TYPE_CHECKING:
    from penstock.models import ModelVersion
    from penstock.models.portable import Exported


class Form(StrEnum):
    """What a model can be exported to."""

    ONNX = "onnx"
    MLFLOW = "mlflow"


def model_export(  # noqa: PLR0917
    context: typer.Context,
    use_case: Annotated[str, typer.Option("--use-case", help="Use case of the model.")],
    form: Annotated[Form, typer.Option("--format", help="One ONNX file, or a directory for MLflow.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where it goes.")],
    version: Annotated[
        str, typer.Option(help="A number, an alias, champion or latest.", show_default=True)
    ] = "champion",
    as_json: AsJson = False,
) -> None:
    """Export a version, preparation and model in one; kept only if it predicts the same on the test rows."""
    from penstock.models.aliases import Aliases
    from penstock.models.portable import export_version

    platform = context.obj.platform()
    found = Aliases(platform.items("models")).resolve(use_case, version)
    with busy(f"Exporting version {found.version}"):
        made = export_version(platform.artifacts, found, form=form.value, output=output)
    if as_json:
        told = {"use_case": use_case, "version": found.version, "stage": found.stage}
        print_json({**told, **made.model_dump(mode="json")})
    else:
        _tell(found, made)


def add_to(model: typer.Typer, add: Callable[..., None]) -> None:
    """Register the command."""
    add(
        model,
        "export",
        model_export,
        "penstock model export --use-case late_invoices --format onnx --output late_invoices.onnx",
        "penstock model export --use-case late_invoices --version 2 --format mlflow --output late_invoices",
    )


def _tell(version: ModelVersion, made: Exported) -> None:
    """Print where it is, and how it compared."""
    size = f"{made.bytes / 1_000:,.0f} kB"
    say(f"{version.use_case} version {version.version} ({version.stage}) is in {made.path} ({size}).")
    say(f"sha256 {made.sha256}\n")
    rows = [
        {
            "form": name,
            "test_rows": one.rows,
            "largest_difference": f"{one.largest_difference:.2g}",
            "tolerance": f"{one.tolerance:g}",
            "other_labels": one.labels,
            "the_same": one.holds,
        }
        for name, one in made.equality.items()
    ]
    console().print(table(rows, tuple(rows[0])))
    for note in made.notes:
        say(f"note: {note}")
