"""``dataset validate``, ``suggest``, ``suite``: rules, offline."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.telling import AsJson, busy, console, print_json, say, table

if TYPE_CHECKING:
    from penstock.quality.results import Validation

ContractFile = Annotated[
    Path, typer.Option("--contract", help="The contract's YAML.", exists=True, dir_okay=False)
]
_COLUMNS = ("check", "columns", "status", "severity", "broken", "rows", "observed", "example")


def validate(
    files: Annotated[list[Path], typer.Argument(help="Parquet files, in order.", exists=True)],
    contract: ContractFile,
    html: Annotated[
        Path | None, typer.Option(help="Write the report, a page by itself, to this file.")
    ] = None,
    result: Annotated[
        Path | None, typer.Option(help="Write the result as great-expectations has it to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put a contract's checks to Parquet files in one scan; exit code 1 when one fails."""
    from datetime import UTC, datetime

    from penstock.quality.context import Context
    from penstock.quality.validation import validate as ask
    from penstock.specs.loader import load_contract

    agreed = load_contract(contract)
    with busy(f"checking {len(files)} files" if len(files) > 1 else f"checking {files[0].name}"):
        found = ask(agreed, files, context=Context(now=datetime.now(UTC)))
    if html is not None:
        from penstock.quality.report import render

        html.write_text(render(found), encoding="utf-8")
    if result is not None:
        from penstock.quality.expectations import validation_result

        types = {column.name: column.type for column in agreed.columns}
        written = validation_result(found, suite_name=agreed.dataset, types=types)
        result.write_text(f"{json.dumps(written, indent=1, default=str)}\n", encoding="utf-8")
    _tell(found, as_json=as_json)
    if not found.passed:
        raise typer.Exit(1)


def suggest(
    file: Annotated[Path, typer.Argument(help="A file as it would land.", exists=True, dir_okay=False)],
    contract: ContractFile,
    as_json: AsJson = False,
) -> None:
    """Suggest checks that a file keeps, each with its evidence, for a person to review."""
    from penstock.onboarding import onboard_file
    from penstock.quality.suggest import as_yaml
    from penstock.quality.suggest import suggest as look
    from penstock.specs.loader import load_contract

    agreed = load_contract(contract)
    with tempfile.TemporaryDirectory() as folder, busy(f"looking at {file.name}"):
        report = onboard_file(
            contract=agreed, file=file, output=Path(folder) / "output", arrival_id="suggest",
            hash_key=bytes(32),
        )  # fmt: skip
    found = look(report.profile, known=agreed.rules)
    if as_json:
        print_json([{"rule": one.document(), "because": one.because} for one in found])
    else:
        say(as_yaml(found) or "Nothing that the contract does not say already.")


def write_suite(
    contract: Annotated[Path, typer.Argument(help="The contract's YAML.", exists=True, dir_okay=False)],
    to: Annotated[Path, typer.Option(help="Write the suite to this file.")],
    as_json: AsJson = False,
) -> None:
    """Write a contract's checks as a suite of great-expectations 1.x."""
    from penstock.quality.expectations import write_suite as write
    from penstock.specs.loader import load_contract

    agreed = load_contract(contract)
    types = {column.name: column.type for column in agreed.columns}
    suite, left = write(agreed.rules, name=agreed.dataset, types=types)
    to.write_text(f"{json.dumps(suite, indent=1)}\n", encoding="utf-8")
    names = [rule.name for rule in left]
    if as_json:
        print_json({"file": str(to), "expectations": len(suite["expectations"]), "left": names})
        return
    say(f"{len(suite['expectations'])} expectations are in {to}.")
    if names:
        say(f"No expectation says the same as: {', '.join(names)}")


def read_suite(
    suite: Annotated[Path, typer.Argument(help="A suite's JSON.", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Print the expectations of a great-expectations suite as rules for a contract."""
    from penstock.errors import InvalidSpec
    from penstock.quality.expectations import read_suite as read
    from penstock.quality.suggest import Suggestion, as_yaml

    try:
        document = json.loads(suite.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidSpec("The suite is not JSON.", found=str(error), where=str(suite)) from error
    imported = read(document if isinstance(document, dict) else {})
    rules = [Suggestion(rule, f"from {imported.name}") for rule in imported.rules]
    if as_json:
        refused = [vars(one) for one in imported.refused]
        print_json({"name": imported.name, "rules": [one.document() for one in rules], "refused": refused})
        return
    print(as_yaml(rules))
    for one in imported.refused:
        say(f"# not taken over: {one.expectation} (number {one.place + 1}): {one.why}")


def add_to(dataset: typer.Typer, add: Callable[..., None]) -> None:
    """Register the commands."""
    contract = "examples/late_invoices/datasets/invoices.yaml"
    add(
        dataset, "validate", validate,
        f"penstock dataset validate part-00000.parquet --contract {contract} --html report.html",
    )  # fmt: skip
    add(dataset, "suggest", suggest, f"penstock dataset suggest may.csv --contract {contract}")
    add(dataset, "write-suite", write_suite, f"penstock dataset write-suite {contract} --to suite.json")
    add(dataset, "read-suite", read_suite, "penstock dataset read-suite suite.json")


def _tell(found: Validation, *, as_json: bool) -> None:
    """Print a validation, what failed first."""
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    counts = ", ".join(f"{count} {status}" for status, count in found.counts().items() if count)
    say(f"{found.rows:,} rows, {len(found.results)} checks: {counts or 'nothing to check'}\n")
    order = {"failed": 0, "skipped": 1, "passed": 2}
    rows: list[dict[str, Any]] = [
        {
            **one.model_dump(mode="json"),
            "columns": ", ".join(one.columns),
            "example": one.skipped or "; ".join(_example(row.row, row.reason) for row in one.examples[:2]),
        }
        for one in sorted(found.results, key=lambda one: (order[one.status], -one.broken))
    ]
    console().print(table(rows, _COLUMNS))


def _example(row: int | None, reason: str) -> str:
    """Return a broken row in words."""
    return reason if row is None else f"row {row + 1}: {reason}"
