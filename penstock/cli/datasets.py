"""``dataset``: contracts and arrivals of one dataset, with and without a platform."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli import operations, stewarding
from penstock.cli.feeding import UseCaseName
from penstock.cli.feeding import register as register_folder
from penstock.cli.telling import AsJson, busy, console, print_json, say, show, table

if TYPE_CHECKING:
    from penstock.catalog import Arrival
    from penstock.onboarding.report import OnboardingReport

DatasetName = Annotated[str, typer.Argument(help="One of its datasets.")]
ArrivalId = Annotated[str, typer.Option("--arrival", help="Id of the arrival, as history shows it.")]
DataFile = Annotated[Path, typer.Argument(help="A file as it would land.")]
_ARRIVAL_COLUMNS = (
    "id", "landed_at", "file_name", "status", "rows_in", "rows_curated", "rows_quarantined", "repaired",
    "contract", "why",
)  # fmt: skip
_RULE_COLUMNS = ("check", "columns", "severity", "broken", "rows", "passed", "example")


def check(
    file: DataFile,
    contract: Annotated[Path, typer.Option(help="The contract's YAML.")],
    as_json: AsJson = False,
) -> None:
    """Test a file against a contract on this computer; exit code 1 when it would be refused."""
    from datetime import UTC, datetime

    from penstock.errors import FileRefused
    from penstock.onboarding import onboard_file
    from penstock.quality.context import Context
    from penstock.specs.loader import load_contract

    agreed = load_contract(contract)
    operations.must_exist(file)
    with tempfile.TemporaryDirectory() as folder, busy(f"checking {file.name}"):
        try:
            report = onboard_file(
                contract=agreed, file=file, output=Path(folder) / "output", arrival_id="check",
                hash_key=bytes(32), context=Context(now=datetime.now(UTC)),
            )  # fmt: skip
        except FileRefused as error:
            _tell_refusal(file, error, as_json=as_json)
            raise typer.Exit(1) from error
    if as_json:
        print_json({"outcome": "accepted", **report.model_dump(mode="json", exclude={"profile"})})
    else:
        _tell_report(file, report)


def infer(
    file: DataFile,
    dataset: Annotated[str, typer.Option(help="Name of the dataset; made from the file's when empty.")] = "",
    to: Annotated[Path | None, typer.Option(help="Write the contract to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a first contract from data; a person completes and reviews it."""
    from penstock.onboarding.infer import infer as infer_from

    operations.must_exist(file)
    with busy(f"looking at {file.name}"):
        found = infer_from(file, dataset=dataset or _name(file))
    if to is not None:
        to.write_text(found.yaml, encoding="utf-8")
    if as_json:
        print_json(found.contract.model_dump(mode="json", exclude_defaults=True))
    elif to is None:
        print(found.yaml, end="")
    else:
        say(f"{to} is a draft from {found.rows:,} rows: fill in what it asks for, then test it with\n"
            f"penstock dataset check {file} --contract {to}")  # fmt: skip


def register(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder with usecase.yaml, model.yaml and datasets/.")],
    as_json: AsJson = False,
) -> None:
    """Register the contracts of a use case; material changes wait for the steward's approval."""
    register_folder(context, folder, as_json)


def approve(
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    reason: Annotated[str, typer.Option(help="Why; it is audited.")],
    as_json: AsJson = False,
) -> None:
    """Approve the version of a contract that waits; files that wait for it are onboarded."""
    _decide(context, use_case, dataset, "approve", reason, as_json=as_json)


def reject(
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    reason: Annotated[str, typer.Option(help="Why; it is audited.")],
    as_json: AsJson = False,
) -> None:
    """Reject the version of a contract that waits; the one in force stays so."""
    _decide(context, use_case, dataset, "reject", reason, as_json=as_json)


def show_dataset(
    context: typer.Context, use_case: UseCaseName, dataset: DatasetName, as_json: AsJson = False
) -> None:
    """Show a dataset: its contract's versions, its newest snapshot and what became of its arrivals."""
    from penstock.catalog import Catalog

    catalog = Catalog(context.obj.platform().items("catalog"))
    found = catalog.describe(use_case, dataset)
    versions = [one.model_dump(mode="json") for one in catalog.contracts.history(use_case, dataset)]
    if as_json:
        print_json({**found, "versions": versions})
        return
    contract, printer = found["contract"], console()
    facts = (
        ("owner", contract["owner"]), ("steward", contract["steward"]), ("purpose", contract["purpose"]),
        ("legal basis", contract["legal_basis"]), ("classification", contract["classification"]),
        ("columns", len(contract["columns"])), ("rules", len(contract["rules"])),
        ("trigger", contract["trigger"]["kind"]), ("retention", f"{contract['retention_days']:,} days"),
        ("rows", found["rows"]), ("snapshot", (found["snapshot"] or {}).get("id", "")),
        *((f"{status} arrivals", count) for status, count in found["arrivals"].items()),
    )  # fmt: skip
    printer.print(table([{"field": name, "value": value} for name, value in facts], ("field", "value")))
    printer.print()
    for one in versions:
        one["changes"] = "; ".join(one["changes"])
    columns = ("number", "status", "in_force", "registered_by", "decided_by", "reason", "changes")
    printer.print(table(versions, columns))


def history(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    status: Annotated[str, typer.Option(help="Only arrivals of this status, such as waiting.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """List what arrived for a dataset, and what became of it."""
    from penstock.catalog import Catalog

    catalog = Catalog(context.obj.platform().items("catalog"))
    catalog.contract(use_case, dataset)
    found = catalog.arrivals(use_case, dataset)
    rows = [_row(one, found) for one in found if status in {"", str(one.status)}][-limit:]
    show(rows, _ARRIVAL_COLUMNS, as_json=as_json, empty="Nothing has arrived yet.")


def replay(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    arrival: Annotated[list[str] | None, typer.Option("--arrival", help="Id; repeatable.")] = None,
    since: Annotated[str, typer.Option("--from", help="Arrivals since this time, such as 2025-05-01.")] = "",
    until: Annotated[str, typer.Option("--to", help="Arrivals until this time, inclusive.")] = "",
    reason: Annotated[str, typer.Option(help="Why; it is audited.")] = "asked for by hand",
    as_json: AsJson = False,
) -> None:
    """Onboard stored arrivals again with the contract in force; each takes its own place."""
    from penstock.errors import InvalidSpec

    if not (arrival or since or until):
        raise InvalidSpec("Nothing is chosen.", expected="--arrival ID, --from TIME or --to TIME")
    request = {"use_case": use_case, "dataset": dataset, "arrivals": arrival or [], "since": since,
               "until": until, "reason": reason}  # fmt: skip
    answer = context.obj.platform().call("replay_arrivals", request)
    if as_json:
        print_json(answer)
    else:
        say(f"{len(answer['arrivals'])} arrivals are onboarded again, asked for by {answer['requested_by']}. "
            "Watch it with: penstock executions --follow --workflow gathering")  # fmt: skip


def quarantine(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    arrival: ArrivalId,
    to: Annotated[Path, typer.Option(help="Write the rows to this CSV file.")],
    as_json: AsJson = False,
) -> None:
    """Export the quarantined rows of an arrival, each with its line and its reasons, to be repaired."""
    with busy("fetching the rows"):
        rows = stewarding.export_quarantine(context.obj.platform(), use_case, dataset, arrival, to)
    if as_json:
        print_json({"arrival": arrival, "rows": rows, "file": str(to)})
    else:
        say(f"{rows:,} rows are in {to}. Repair them, then: "
            f"penstock dataset repair {use_case} {dataset} --arrival {arrival} {to}")  # fmt: skip


def repair(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    arrival: ArrivalId,
    file: DataFile,
    as_json: AsJson = False,
) -> None:
    """Upload repaired rows of an arrival; they are onboarded as its child."""
    operations.must_exist(file)
    key = stewarding.repair(context.obj.platform(), use_case, dataset, arrival, file)
    if as_json:
        print_json({"arrival": arrival, "key": key})
    else:
        say(f"landed {key}\nWatch it with: penstock dataset history {use_case} {dataset}")


def add_to(dataset: typer.Typer, add: Callable[..., None]) -> None:
    """Register the commands."""
    place = "late_invoices invoices"
    add(
        dataset,
        "check",
        check,
        "penstock dataset check may.csv --contract examples/late_invoices/datasets/invoices.yaml",
    )
    add(dataset, "infer", infer, "penstock dataset infer may.csv --to datasets/invoices.yaml")
    add(dataset, "register", register, "penstock dataset register examples/late_invoices")
    add(
        dataset,
        "approve",
        approve,
        f"penstock --profile approver dataset approve {place} --reason 'reviewed with legal'",
    )
    add(
        dataset,
        "reject",
        reject,
        f"penstock --profile approver dataset reject {place} --reason 'purpose is too wide'",
    )
    add(dataset, "show", show_dataset, f"penstock dataset show {place}")
    for name in ("history", "arrivals"):
        add(dataset, name, history, f"penstock dataset {name} {place} --status waiting")
    add(
        dataset,
        "replay",
        replay,
        f"penstock dataset replay {place} --arrival 9cc786d75f2940d5",
        f"penstock dataset replay {place} --from 2025-05-01 --to 2025-05-31 --reason 'rule corrected'",
    )
    add(
        dataset,
        "quarantine",
        quarantine,
        f"penstock dataset quarantine {place} --arrival 9cc786d75f2940d5 --to bad.csv",
    )
    add(dataset, "repair", repair, f"penstock dataset repair {place} --arrival 9cc786d75f2940d5 bad.csv")


def _decide(
    context: typer.Context, use_case: str, dataset: str, decision: str, reason: str, *, as_json: bool
) -> None:
    answer = operations.decide_contract(context.obj.platform(), use_case, dataset, decision, reason=reason)
    if as_json:
        print_json(answer)
    else:
        say(f"version {answer['number']} of the contract of {use_case}/{dataset} is {answer['status']} "
            f"by {answer['decided_by']}")  # fmt: skip


def _row(one: Arrival, every: list[Arrival]) -> dict[str, Any]:
    """Return an arrival as a row: why it is where it is, and how many of its bad rows came back."""
    children = [child for child in every if child.repairs == one.id]
    notes = {
        "waits for": one.waiting_for, "replay of": one.replay_of, "repairs": one.repairs,
        "same rows as": one.duplicate_of, "landed before": one.late_after,
        "did not wait for": ", ".join(one.skipped),
    }  # fmt: skip
    why = f"{one.error.name}: {one.error.message}" if one.error else ""
    told = "; ".join(
        [*(f"{name} {value}" for name, value in notes.items() if value), *([why] if why else [])]
    )
    repaired = sum(child.rows_curated or 0 for child in children) if children else None
    return {**one.model_dump(mode="json"), "repaired": repaired, "why": told}


def _tell_refusal(file: Path, error: Exception, *, as_json: bool) -> None:
    if as_json:
        print_json({"outcome": "refused", "error": type(error).__name__, "message": str(error)})
    else:
        say(f"{file.name} would be refused: {type(error).__name__}\n{error}")


def _tell_report(file: Path, report: OnboardingReport) -> None:
    """Print what onboarding would make of a file."""
    say(f"{file.name} would be accepted: {report.rows_in:,} rows, {report.rows_curated:,} curated, "
        f"{report.rows_quarantined:,} quarantined ({report.share_quarantined:.2%})\n")  # fmt: skip
    rows = [
        {
            **one.model_dump(mode="json"),
            "columns": ", ".join(one.columns),
            "example": "; ".join(
                f"line {example.line}: {example.reason}" if example.line else example.reason
                for example in one.examples[:2]
            ),
        }
        for one in sorted(report.rules, key=lambda one: -one.broken)
    ]
    console().print(table(rows, _RULE_COLUMNS))


def _name(file: Path) -> str:
    """Make a dataset's name from a file's."""
    stem = file.name.partition(".")[0].lower()
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in stem).strip("_")
    return name if name[:1].isalpha() else f"dataset_{name}".rstrip("_")
