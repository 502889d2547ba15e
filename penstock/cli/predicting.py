"""``predict`` and ``report``."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, print_json, say, show, warn
from penstock.errors import InvalidSpec, NotFound

if TYPE_CHECKING:
    from penstock.platform import Platform
    from penstock.specs import UseCase

_REASONS = 3


def predict(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help='Rows as CSV with a header, or JSON {"instances": […]}.'),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Use so many of the champion's own test rows.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Ask for the reasons, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the live endpoint; features of the online store are added to the rows."""
    from penstock.serving.client import EndpointClient

    if (file is None) == (sample is None):
        raise typer.BadParameter("give either FILE or --sample N")
    platform = context.obj.platform()
    client = EndpointClient(platform, use_case)
    rows = rows_for(client.use_case, file) if file else sample_rows(platform, use_case, sample or 0)
    answers = client.explain(rows, top=_REASONS) if explain else client.answers(rows)
    told = [{"row": number, **_told(answer)} for number, answer in enumerate(answers, start=1)]
    columns = ("row", "score", "label", "reasons" if explain else "inference_id")
    show(told, columns, as_json=as_json, empty="There were no rows.")


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with the reasons for it, if it has some, as a cell."""
    facts = {name: value for name, value in answer.items() if name != "row"}
    reasons = answer.get("explanation", {}).get("reasons")
    return facts if reasons is None else {**facts, "reasons": "; ".join(reasons)}


def report(
    context: typer.Context,
    use_case: UseCaseName,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the page goes.")] = Path(
        "report.html"
    ),
    as_json: AsJson = False,
) -> None:
    """Write a page about a use case: data, versions, gates, drift, workflows, audit."""
    from penstock.reports import collect, render

    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if output.is_dir():
        advice = f"Give a file: -o {output / 'report.html'}"
        raise InvalidSpec("The page needs a name.", found=str(output), action=advice)
    facts = collect(context.obj.platform(), use_case, generated_at=at)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(render(facts), encoding="utf-8")
    if as_json:
        print_json(facts.model_dump(mode="json"))
    else:
        say(f"{output} ({output.stat().st_size / 1_000:.0f} kB)")


def sample_rows(platform: Platform, use_case: str, count: int) -> list[dict[str, Any]]:
    """Return test rows that were kept beside the champion's evaluation.

    Raises
    ------
    NotFound
        No version serves yet.
    """
    from penstock.models import ModelRepository

    champion = ModelRepository(platform.items("models")).champion(use_case)
    if champion is None:
        raise NotFound(
            "No version of the model serves yet.",
            found=use_case,
            action="Look at its stages: penstock models.",
        )
    document = json.loads(platform.artifacts.read(f"{champion.evaluation_prefix.rstrip('/')}/samples.json"))
    rows: list[dict[str, Any]] = document["instances"][:count]
    if len(rows) < count:
        warn(f"Only {len(rows)} rows are kept as samples.")
    return rows


def rows_for(use_case: UseCase, file: Path) -> list[dict[str, Any]]:
    """Read rows, and warn of columns that the model misses or does not know.

    Raises
    ------
    InvalidSpec
        The file is neither CSV nor JSON, or has none of the model's columns.
    """
    from penstock.features import ModelFeatures

    rows, features = read_rows(file), ModelFeatures.of(use_case)
    found = dict.fromkeys(name for row in rows for name in row)
    taken, contract = use_case.model.features, use_case.contract(use_case.model.dataset)
    if rows and not found.keys() & set(taken):
        raise InvalidSpec(
            "The rows have none of the model's columns.",
            found=", ".join(found),
            expected=", ".join(taken),
            where=str(file),
        )
    known = {*taken, *features.names, *features.types, *(view.key for view in features.views)}
    known |= {column.name for column in contract.columns} if contract else set()
    if rows and (absent := [name for name in taken if name not in found]):
        warn(f"Not in {file.name}, so taken as unknown: {', '.join(absent)}")
    if strange := [name for name in found if name not in known]:
        warn(f"No column of {use_case.name}, so left out: {', '.join(strange)}")
    return rows


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Read rows from CSV or JSON.

    Raises
    ------
    InvalidSpec
        The file is neither.
    """
    if not file.is_file():
        raise NotFound("There is no such file.", found=str(file))
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSpec(
            "The rows cannot be read.", found=str(error), expected="CSV or JSON in UTF-8", where=str(file)
        ) from error
    if file.suffix.lower() == ".csv":
        return [
            {name: _typed(value) for name, value in row.items()} for row in csv.DictReader(text.splitlines())
        ]
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidSpec("The rows cannot be read.", found=str(error), where=str(file)) from error
    rows = document.get("instances") if isinstance(document, dict) else document
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidSpec(
            "The rows cannot be read.", expected='a list of objects, or {"instances": [...]}', where=str(file)
        )
    return rows


def _typed(text: str | None) -> Any:
    """Return a cell of CSV as JSON would have it: a number, true or false, null, or text."""
    if text is None or text == "":
        return None
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    try:
        return float(text) if any(letter in text for letter in ".eE") else int(text)
    except ValueError:
        return text
