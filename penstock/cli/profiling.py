"""``dataset profile`` and ``dataset statistics``: what columns hold, in a file or in a dataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli import operations
from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, busy, console, say

if TYPE_CHECKING:
    from penstock.catalog.profiles import Profile

Page = Annotated[Path | None, typer.Option("--html", help="Write a page with plots to this file.")]


def profile(
    file: Annotated[Path, typer.Argument(help="A file as it would land.")],
    contract: Annotated[
        Path | None, typer.Option(help="Types and sensitivity as this contract's YAML says.")
    ] = None,
    target: Annotated[str, typer.Option(help="Relate the other columns to this one.")] = "",
    html: Page = None,
    as_json: AsJson = False,
) -> None:
    """Profile a CSV, JSON or Parquet file: counts, distinct values, ranges, quantiles, top values."""
    from penstock.catalog.profiles import profile_files
    from penstock.specs.loader import load_contract

    agreed = load_contract(contract) if contract else None
    operations.must_exist(file)
    with busy(f"profiling {file.name}"):
        found = profile_files([file], agreed, target=target or None)
    _tell(found, file.name, html, as_json=as_json)


def statistics(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="One of its datasets.")],
    snapshot: Annotated[
        str, typer.Option("--snapshot", metavar="ID", help="Its id or how it begins; the newest without.")
    ] = "",
    since: Annotated[str, typer.Option("--from", help="Accepted since this time, such as 2025-05.")] = "",
    until: Annotated[str, typer.Option("--to", help="Accepted until this time, inclusive.")] = "",
    html: Page = None,
    as_json: AsJson = False,
) -> None:
    """Show the profile of a dataset, merged from those of its arrivals; no row is read."""
    from penstock.catalog import Catalog
    from penstock.catalog.profiled import profile_of
    from penstock.catalog.reading import SnapshotReader

    platform = context.obj.platform()
    catalog = Catalog(platform.items("catalog"))
    head = SnapshotReader(catalog.snapshots, platform.lake).find(use_case, dataset, snapshot)
    with busy(f"merging the profiles of {use_case}/{dataset}"):
        found = profile_of(catalog, platform.lake, head, since=since, until=until)
    _tell(found, f"{use_case}/{dataset}, snapshot {head.id}", html, as_json=as_json)


def add_to(dataset: typer.Typer, add: Callable[..., None]) -> None:
    """Register the commands."""
    add(
        dataset,
        "profile",
        profile,
        "penstock dataset profile may.csv --html may.html",
        "penstock dataset profile may.csv --contract datasets/invoices.yaml --target days_late --json",
    )
    add(
        dataset,
        "statistics",
        statistics,
        "penstock dataset statistics late_invoices invoices",
        "penstock dataset statistics late_invoices invoices --from 2025-01 --to 2025-06 --html half.html",
    )


def _tell(found: Profile, title: str, html: Path | None, *, as_json: bool) -> None:
    """Show a profile: as a page, as JSON, or as a table."""
    from penstock.reports.profile import profile_page, profile_table

    if html is not None:
        html.write_text(profile_page(found, title=title), encoding="utf-8")
    if as_json:
        print(found.model_dump_json(indent=2))
        return
    console().print(profile_table(found, title=title))
    if html is not None:
        say(f"The page is {html}.")
