"""``train``, ``deploy`` and ``monitor``."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli import operations
from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, print_json, say

_WATCH = "Watch it with: penstock executions --follow --workflow"


def train(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    reason: Annotated[str, typer.Option(help="Why; it is audited.")] = "asked for by hand",
    train_rows: Annotated[int | None, typer.Option(min=1, help="Learn from at most so many rows.")] = None,
    candidate: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=ALGORITHM[:JSON]", help="Instead of the declared candidates; repeatable."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start a training on the newest snapshot."""
    candidates = [operations.parse_candidate(text) for text in candidate or ()]
    platform = context.obj.platform()
    name = operations.registered(platform, use_case).name
    answer = operations.train(platform, name, reason=reason, train_rows=train_rows, candidates=candidates)
    if as_json:
        print_json(answer)
    else:
        say(f"A training has started, asked for by {answer['requested_by']}. {_WATCH} training")


def deploy(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    version: Annotated[int, typer.Option(min=1, help="A version that has been approved.")],
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="VAR=value", help="Variable of the container; repeatable."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is audited.")] = "asked for by hand",
    as_json: AsJson = False,
) -> None:
    """Deploy an approved version again, perhaps with other settings; alarms roll it back."""
    environment = dict(operations.parse_setting(text) for text in setting or ())
    answer = operations.deploy(
        context.obj.platform(), use_case, version, reason=reason, environment=environment
    )
    if as_json:
        print_json(answer)
    else:
        say(f"Version {version} is being deployed. {_WATCH} deployment")


def monitor(context: typer.Context, use_case: UseCaseName, as_json: AsJson = False) -> None:
    """Look at the live traffic now instead of waiting for the schedule."""
    arn = operations.monitor(context.obj.platform(), use_case)
    if as_json:
        print_json({"execution_arn": arn})
    else:
        say(f"Monitoring has started. {_WATCH} monitoring")
