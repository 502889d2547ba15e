"""``models``, ``model show``, ``runs`` and ``datasets``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, console, print_json, say, show, table

if TYPE_CHECKING:
    from penstock.models import ModelVersion
    from penstock.platform import Platform
    from penstock.reports.facts import VersionFact

OptionalUseCase = Annotated[
    str, typer.Argument(metavar="[USE_CASE]", help="Only this use case.", show_default=False)
]
_VERSION_COLUMNS = (
    "use_case",
    "version",
    "stage",
    "candidate",
    "metric",
    "value",
    "requested_by",
    "created_at",
    "run_id",
)
_RUN_COLUMNS = ("use_case", "run_id", "status", "started_at", "finished_at", "reason", "requested_by")


def models(context: typer.Context, use_case: OptionalUseCase = "", as_json: AsJson = False) -> None:
    """List the versions of models and their stages."""
    from penstock.models import ModelRepository

    platform = context.obj.platform()
    repository = ModelRepository(platform.items("models"))
    found = [version for name in use_cases(platform, use_case) for version in repository.versions(name)]
    compared = {name: _metric(platform, name) for name in {version.use_case for version in found}}
    rows = [
        {
            **version.model_dump(mode="json"),
            "metric": compared[version.use_case],
            "value": _value(version, compared[version.use_case]),
        }
        for version in found
    ]
    show(rows, _VERSION_COLUMNS, as_json=as_json, empty="There are no model versions yet.")


def model_show(
    context: typer.Context,
    use_case: UseCaseName,
    version: Annotated[int, typer.Argument(min=1, help="Number of the version.")],
    as_json: AsJson = False,
) -> None:
    """Show a version: its candidates, its gates and its history."""
    from penstock.models import ModelRepository
    from penstock.reports.collection import version_facts

    platform = context.obj.platform()
    found = version_facts(platform, ModelRepository(platform.items("models")).version(use_case, version))
    if as_json:
        print_json(found.model_dump(mode="json", exclude={"rows", "curves"}))
        return
    printer = console()
    say(f"{use_case} version {version}: {found.stage}, {found.candidate}, run {found.run_id}\n")
    columns = candidate_columns(found, _metric(platform, use_case))
    printer.print(table([candidate_row(model) for model in found.models], columns))
    printer.print()
    printer.print(table([check.model_dump() for check in found.checks], ("check", "passed", "reason")))
    printer.print()
    printer.print(table(found.history, ("at", "stage", "by", "reason")))


def runs(context: typer.Context, use_case: OptionalUseCase = "", as_json: AsJson = False) -> None:
    """List training runs."""
    from penstock.experiments import Runs

    platform = context.obj.platform()
    repository = Runs(platform.items("experiments"))
    found = [
        run.model_dump(mode="json") for name in use_cases(platform, use_case) for run in repository.runs(name)
    ]
    show(found, _RUN_COLUMNS, as_json=as_json, empty="There are no runs yet.")


def datasets(context: typer.Context, as_json: AsJson = False) -> None:
    """List registered datasets with what has arrived for them."""
    from penstock.catalog import Catalog

    catalog = Catalog(context.obj.platform().items("catalog"))
    described = (catalog.describe(entry["use_case"], entry["dataset"]) for entry in catalog.datasets())
    rows = [
        {
            **found,
            "dataset": found["contract"]["dataset"],
            "owner": found["contract"]["owner"],
            "files": sum(found["arrivals"].values()),
        }
        for found in described
    ]
    columns = ("use_case", "dataset", "owner", "files", "rows_in", "rows_curated", "rows_quarantined")
    show(rows, columns, as_json=as_json, empty="No dataset is registered yet: penstock register FOLDER")


def use_cases(platform: Platform, only: str = "") -> list[str]:
    """Return the names of registered use cases, or the one that was asked for."""
    from penstock.catalog import Catalog

    catalog = Catalog(platform.items("catalog"))
    if only:
        return [catalog.use_case(only).name]
    return sorted({str(entry["use_case"]) for entry in catalog.datasets()})


def candidate_row(model: Any) -> dict[str, Any]:
    """Return a measured model as a row: metrics with their intervals."""
    row: dict[str, Any] = {"model": model.name, "role": model.role}
    for prefix, found in (("", model.test), ("recent_", model.recent)):
        for name, interval in found.items():
            row[f"{prefix}{name}"] = f"{interval.value:.4f} ({interval.low:.4f} to {interval.high:.4f})"
    return row


def candidate_columns(version: VersionFact, metric: str) -> list[str]:
    """Return the columns of a table of measured models: the metric that they are compared by, and another."""
    measured = version.chosen.test if version.chosen else {}
    other = [name for name in measured if name != metric][:1]
    return ["model", "role", metric, *other, f"recent_{metric}"]


def _metric(platform: Platform, use_case: str) -> str:
    """Return the metric by which the models of a use case are compared."""
    from penstock.catalog import Catalog

    return str(Catalog(platform.items("catalog")).use_case(use_case).model.metric)


def _value(version: ModelVersion, metric: str) -> float | None:
    """Return a metric of a version, or None."""
    found = version.metrics.get(metric)
    return float(found["value"] if isinstance(found, dict) else found) if found is not None else None
