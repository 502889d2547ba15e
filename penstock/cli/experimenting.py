"""``runs [show|compare|search|page]`` and ``reproduce``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from penstock.cli.listing import runs as list_runs
from penstock.cli.listing import use_cases
from penstock.cli.telling import AsJson, busy, print_json, say, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.experiments import Run, Runs
    from penstock.platform import Platform

RunId = Annotated[str, typer.Argument(metavar="RUN", help="Its id, or how it begins.")]
OnlyUseCase = Annotated[str, typer.Option("--use-case", help="Look among runs of this use case alone.")]
_LIST = "list"


class RunsGroup(TyperGroup):
    """``runs`` alone, or with the name of a use case, lists; its commands come first."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Send what names no command to the list."""
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = [_LIST, *args]
        return super().parse_args(ctx, args)


def run_show(
    context: typer.Context, run_id: RunId, use_case: OnlyUseCase = "", as_json: AsJson = False
) -> None:
    """Show what is on record of a run: data, code, parameters, libraries, hardware, cost, metrics."""
    from penstock.experiments.collecting import recorded
    from penstock.experiments.comparing import told
    from penstock.experiments.record import flat

    platform = context.obj.platform()
    run = _find(platform, run_id, use_case)
    facts: dict[str, Any] = told(run)
    if run.record:
        record = recorded(platform.artifacts, run)
        if as_json:
            own = run.model_dump(mode="json", exclude={"record"})
            print_json({"run": own, "record": record.model_dump(mode="json")})
            return
        facts |= flat(record)
    rows = [{"fact": name, "value": value} for name, value in facts.items() if value not in ("", None)]
    show(rows, ("fact", "value"), as_json=as_json, empty="Nothing is on record.")


def run_compare(
    context: typer.Context,
    run_ids: Annotated[list[str], typer.Argument(metavar="RUN...", help="Two runs or more.")],
    use_case: OnlyUseCase = "",
    as_json: AsJson = False,
) -> None:
    """Show what differs between runs."""
    from penstock.experiments.comparing import differences, told

    platform = context.obj.platform()
    facts = {run.run_id: told(run) for run in (_find(platform, one, use_case) for one in run_ids)}
    show(differences(facts), ("fact", *facts), as_json=as_json, empty="Nothing differs.")


def run_search(
    context: typer.Context,
    conditions: Annotated[
        list[str], typer.Argument(metavar="CONDITION...", help="Such as 'metrics.auc>0.8' or seed=7.")
    ],
    use_case: OnlyUseCase = "",
    as_json: AsJson = False,
) -> None:
    """Find runs by what is on record of them; all conditions must hold."""
    from penstock.experiments.comparing import matching, told

    platform = context.obj.platform()
    found = [told(run) for run in matching(_all(platform, use_case), conditions)]
    columns = ("use_case", "run_id", "status", "chosen", "algorithm", "started_at", "requested_by")
    show(found, columns, as_json=as_json, empty="No run is like this.")


def run_page(
    context: typer.Context,
    use_case: Annotated[str, typer.Argument(help="Use case whose runs are compared.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the page goes.")] = Path("runs.html"),
    as_json: AsJson = False,
) -> None:
    """Write a page that plots the metrics of all runs of a use case and says what differs."""
    from penstock.experiments.comparing import told
    from penstock.experiments.plotting import page

    found = _all(context.obj.platform(), use_case)
    output.write_text(page(found), encoding="utf-8")
    if as_json:
        print_json([told(run) for run in found])
    else:
        say(f"{output} ({output.stat().st_size / 1_000:.0f} kB)")


def run_export(
    context: typer.Context,
    run_id: RunId,
    to: Annotated[
        str,
        typer.Option("--to", help="An MLflow tracking server, or a folder.", envvar="MLFLOW_TRACKING_URI"),
    ],
    use_case: OnlyUseCase = "",
    as_json: AsJson = False,
) -> None:
    """Write a run to MLflow: to a tracking server, or to a folder that MLflow reads."""
    from penstock.experiments.collecting import recorded
    from penstock.experiments.mlflow import export

    platform = context.obj.platform()
    run = _find(platform, run_id, use_case)
    place = export(run, recorded(platform.artifacts, run), to)
    if as_json:
        print_json({"run_id": run.run_id, "place": place})
    else:
        say(place)


def reproduce(
    context: typer.Context,
    run_id: RunId,
    candidate: Annotated[str, typer.Option(help="Which model of the run; the chosen one without.")] = "",
    use_case: OnlyUseCase = "",
    as_json: AsJson = False,
) -> None:
    """Train a run's model again here and prove that it is the same to the byte; exit code 1 if it is not."""
    from penstock.training.reproducing import reproduce_run

    platform = context.obj.platform()
    run = _find(platform, run_id, use_case)
    with tempfile.TemporaryDirectory() as folder, busy("Training again"):
        found = reproduce_run(platform.artifacts, run, folder=Path(folder), candidate=candidate or None)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        verdict = "is identical to the byte" if found.identical else "is NOT identical"
        say(f"{found.candidate} of {run.run_id} {verdict}: {', '.join(_files(found.files))}")
        changed = (f"{name} is not what was learnt from" for name in found.changed_inputs)
        for what in (*changed, *found.differences):
            say(f"  differs: {what}")
    if not found.identical:
        raise typer.Exit(1)


def add_to(app: typer.Typer, add: Callable[..., None]) -> None:
    """Register the commands."""
    group = typer.Typer(name="runs", help="Training runs.", cls=RunsGroup, rich_markup_mode=None)
    add(group, _LIST, list_runs, "penstock runs late_invoices", "penstock runs list --json")
    add(group, "show", run_show, "penstock runs show late-invoices-7b3c")
    add(group, "compare", run_compare, "penstock runs compare late-invoices-7b3c late-invoices-a90d")
    add(group, "search", run_search, "penstock runs search 'metrics.auc>0.8' algorithm=xgboost")
    add(group, "page", run_page, "penstock runs page late_invoices -o runs.html")
    add(group, "export", run_export, "penstock runs export late-invoices-7b3c --to http://127.0.0.1:5000")
    app.add_typer(group)
    add(app, "reproduce", reproduce, "penstock reproduce late-invoices-7b3c")


def _files(files: dict[str, bool]) -> list[str]:
    """Say of each file whether it is the same."""
    return [f"{name} {'same' if same else 'DIFFERENT'}" for name, same in files.items()]


def _runs(platform: Platform) -> Runs:
    """Return the register of runs."""
    from penstock.experiments import Runs

    return Runs(platform.items("experiments"))


def _all(platform: Platform, use_case: str) -> list[Run]:
    """Return all runs, or those of a use case."""
    repository = _runs(platform)
    return [run for name in use_cases(platform, use_case) for run in repository.runs(name)]


def _find(platform: Platform, run_id: str, use_case: str) -> Run:
    """Return a run by its id."""
    return _runs(platform).find(run_id, use_cases(platform, use_case))
