"""``register`` and ``upload``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli import operations
from penstock.cli.telling import AsJson, print_json, say

UseCaseName = Annotated[str, typer.Argument(metavar="USE_CASE", help="Name of a registered use case.")]


def register(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder with usecase.yaml, model.yaml and datasets/.")],
    as_json: AsJson = False,
) -> None:
    """Register a use case, or a change of it; no deployment is needed."""
    use_case = operations.read(folder)
    answer = operations.register(context.obj.platform(), use_case)
    if as_json:
        print_json(answer)
    else:
        facts = f"risk tier {answer['risk_tier']}, digest {answer['digest'][:12]}"
        say(f"{answer['use_case']} is registered: {facts}.")
        for contract in answer.get("contracts", ()):
            if contract["status"] == "registered":
                name = f"{answer['use_case']} {contract['dataset']}"
                say(f"Version {contract['number']} of {contract['dataset']}'s contract waits for approval "
                    f"({'; '.join(contract['changes'])}): "
                    f"penstock --profile approver dataset approve {name} --reason WHY")  # fmt: skip
        for one in answer.get("features", ()):
            if one["status"] == "proposed" and one["needs"]:
                name = f"{answer['use_case']} {one['name']}"
                say(f"Version {one['version']} of the features {one['name']} waits for approval "
                    f"({'; '.join(one['needs'])}): "
                    f"penstock --profile approver feature approve {name} --reason WHY")  # fmt: skip


def upload(
    context: typer.Context,
    use_case: UseCaseName,
    dataset: Annotated[str, typer.Argument(help="One of its datasets.")],
    files: Annotated[list[Path], typer.Argument(help="Files in the contract's format.")],
    as_json: AsJson = False,
) -> None:
    """Upload files to where they land; the platform does the rest by itself."""
    keys = operations.upload(context.obj.platform(), use_case, dataset, files)
    if as_json:
        print_json(keys)
    else:
        say("\n".join([*(f"landed {key}" for key in keys), "Watch it with: penstock executions --follow"]))
