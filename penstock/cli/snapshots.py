"""``dataset snapshots|read|verify|diff|retention|hold|release``."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, console, print_json, say, show, table
from penstock.errors import DamagedData, InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from penstock.catalog.differences import SnapshotDiff
    from penstock.catalog.reading import SnapshotReader
    from penstock.platform import Platform

DatasetName = Annotated[str, typer.Argument(metavar="DATASET", help="One of its datasets.")]
SnapshotId = Annotated[
    str, typer.Option("--snapshot", metavar="ID", help="Its id or how it begins; the newest without.")
]
Partial = Annotated[bool, typer.Option("--partial", help="Leave out what was removed, instead of refusing.")]
Reason = Annotated[str, typer.Option(help="Why; it is audited.")]
_COLUMNS = ("sequence", "id", "at", "arrival_id", "objects", "rows", "bytes", "what")
_DUE = ("due_at", "landed_at", "file_name", "status", "rows_curated", "rows_quarantined", "arrival_id")
_EXAMPLES = 10


def snapshots(
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the snapshots of a dataset, the newest first."""
    from itertools import islice

    from penstock.catalog import Catalog

    catalog = Catalog(context.obj.platform().items("catalog"))
    found = islice(catalog.snapshots.history(use_case, dataset), limit)
    rows = [
        {
            **one.model_dump(mode="json", exclude={"columns", "added"}),
            "objects": one.part_count,
            "what": f"removed {len(one.removal.arrivals)} arrivals: {one.removal.rule}"
            if one.removal
            else "",
        }
        for one in found
    ]
    show(rows, _COLUMNS, as_json=as_json, empty="The dataset has no snapshot yet.")


def read(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    snapshot: SnapshotId = "",
    to: Annotated[Path | None, typer.Option(help="Write the files to this folder.")] = None,
    sql: Annotated[str, typer.Option(help="Ask this of the snapshot, a table of the dataset's name.")] = "",
    partial: Partial = False,
    as_json: AsJson = False,
) -> None:
    """Read a snapshot back as it was: every file by its version, every hash compared."""
    if to is None and not sql:
        raise InvalidSpec("Nothing is asked for.", expected="--to FOLDER, --sql QUERY or both")
    reader = _reader(context.obj.platform())
    head = reader.find(use_case, dataset, snapshot)
    with _folder(to) as folder:
        if not sql:
            files = reader.fetch(head, folder, partial=partial)
            facts = {"snapshot": head.id, "rows": head.rows, "files": [str(file) for file in files]}
            _tell(facts, f"{len(files)} files of snapshot {head.id} are in {folder}.", as_json=as_json)
            return
        with reader.opened(head, folder, partial=partial) as connection:
            answer = connection.execute(sql)
            names = [column[0] for column in answer.description or ()]
            rows = [dict(zip(names, map(_plain, row), strict=True)) for row in answer.fetchall()]
    show(rows, names, as_json=as_json, empty="No rows.")


def verify(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    snapshot: SnapshotId = "",
    hashes: Annotated[bool, typer.Option(help="Read every file and compare its hash.")] = True,
    as_json: AsJson = False,
) -> None:
    """Compare a snapshot with what is in the lake; exit code 1 if it cannot be read back as it was."""
    from dataclasses import asdict

    reader = _reader(context.obj.platform())
    head = reader.find(use_case, dataset, snapshot)
    found = reader.verify(head, hashes=hashes)
    findings = {name: value for name, value in asdict(found).items() if name != "checked" and value}
    told = "; ".join(f"{len(keys)} {name}, such as {keys[0]}" for name, keys in findings.items())
    facts = {"snapshot": head.id, "intact": found.intact, **asdict(found)}
    _tell(
        facts,
        f"{found.checked} objects of snapshot {head.id}: {told or 'all as they were'}.",
        as_json=as_json,
    )
    if not found.intact:
        raise DamagedData(
            "The snapshot cannot be read back as it was.", found=told, where=f"snapshot {head.id}"
        )


def diff(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    before: Annotated[str, typer.Argument(metavar="A", help="Snapshot id, or how it begins.")],
    after: Annotated[str, typer.Argument(metavar="[B]", help="Another; the newest without.")] = "",
    rows: Annotated[bool, typer.Option(help="Compare rows too.")] = True,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    partial: Partial = False,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two snapshots: schema, files, rows and distribution."""
    from penstock.catalog import Catalog
    from penstock.catalog.diff import Comparer

    platform = context.obj.platform()
    comparer = Comparer(Catalog(platform.items("catalog")), platform.lake, partial=partial)
    heads = [comparer.reader.find(use_case, dataset, identifier) for identifier in (before, after)]
    with _folder(None) as folder:
        found = comparer.diff(heads[0], heads[1], folder, rows=rows)
    if html is not None:
        from penstock.catalog.diff_page import render

        html.write_text(render(found), encoding="utf-8")
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _show_diff(found)


def retention(
    context: typer.Context, use_case: UseCaseName, dataset: DatasetName, as_json: AsJson = False
) -> None:
    """Show what the next run of retention will remove; nothing is removed by asking."""
    from penstock.catalog import Catalog
    from penstock.catalog.retention import due

    found = due(Catalog(context.obj.platform().items("catalog")), use_case, dataset, at=_now())
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    say(f"{found.count} arrivals are due by {found.rule}.")
    for hold in found.holds:
        say(f"Nothing is removed: on hold since {hold.at} by {hold.by}: {hold.reason} (hold {hold.id})")
    if found.arrivals:
        console().print(table([one.model_dump() for one in found.arrivals], _DUE))


def hold(
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Put a dataset on legal hold: nothing of it is removed until an approver releases it."""
    _ask(
        context,
        "hold_dataset",
        {"use_case": use_case, "dataset": dataset, "reason": reason},
        "on hold",
        as_json,
    )


def release(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    reason: Reason,
    hold: Annotated[str, typer.Option(metavar="ID", help="Which hold, if there are several.")] = "",
    as_json: AsJson = False,
) -> None:
    """Release a legal hold, as an approver; retention goes on with its next run."""
    asked = {"use_case": use_case, "dataset": dataset, "reason": reason, "hold": hold}
    _ask(context, "release_dataset", asked, "released", as_json)


def _ask(context: typer.Context, function: str, payload: dict[str, str], told: str, as_json: bool) -> None:
    answer = context.obj.platform().call(function, payload)
    by = answer["released_by"] or answer["by"]
    _tell(answer, f"{payload['use_case']}/{payload['dataset']} is {told} (hold {answer['id']}), by {by}.",
          as_json=as_json)  # fmt: skip


def _reader(platform: Platform) -> SnapshotReader:
    from penstock.catalog import Catalog
    from penstock.catalog.reading import SnapshotReader

    return SnapshotReader(Catalog(platform.items("catalog")).snapshots, platform.lake)


@contextmanager
def _folder(chosen: Path | None) -> Iterator[Path]:
    """Yield the folder that was asked for, or one that is removed at the end."""
    if chosen is not None:
        yield chosen
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)


def _tell(facts: dict[str, Any], words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(facts)
    else:
        say(words)


def _show_diff(found: SnapshotDiff) -> None:
    from penstock.catalog.diff import first_rows

    printer, objects, rows = console(), found.objects, found.rows
    files = f"{objects.unchanged} files are in both, {objects.added} are new, {objects.removed} gone"
    say(f"{found.rows_before:,} rows before, {found.rows_after:,} after; {files}.")
    if rows is not None:
        what = "keys" if rows.by == "key" else "rows"
        say(f"{rows.added:,} {what} added, {rows.removed:,} removed, {rows.changed:,} changed.")
    tables: list[tuple[list[dict[str, Any]], tuple[str, ...]]] = [
        ([one.model_dump() for one in found.schema_changes], ("column", "change", "before", "after")),
        (first_rows(found, _EXAMPLES), ("change", "before", "after")),
        (
            [one.model_dump() for one in found.distribution[:_EXAMPLES]],
            ("column", "kind", "distance", "robust", "nulls_before", "nulls_after"),
        ),
    ]
    for lines, columns in tables:
        if lines:
            printer.print()
            printer.print(table(lines, columns))


def _plain(value: Any) -> Any:
    """Return a value that JSON knows."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def add_to(dataset: typer.Typer, add: Callable[..., None]) -> None:
    """Register the commands with their examples."""
    examples = {
        snapshots: "penstock dataset snapshots late_invoices invoices",
        read: "penstock dataset read late_invoices invoices --sql 'SELECT count(*) FROM invoices'",
        verify: "penstock dataset verify late_invoices invoices",
        diff: "penstock dataset diff late_invoices invoices 3f2a 9c04 --html diff.html",
        retention: "penstock dataset retention late_invoices invoices --json",
        hold: "penstock dataset hold late_invoices invoices --reason 'lawsuit 12'",
        release: "penstock --profile approver dataset release late_invoices invoices --reason settled",
    }
    for command, example in examples.items():
        add(dataset, command.__name__, command, example)
