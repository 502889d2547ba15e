"""What commands print: tables for people, JSON for programs, errors in words."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from penstock.errors import PenstockError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
_PIPED_WIDTH = 200
_COLOURS = {
    "champion": "green",
    "accepted": "green",
    "succeeded": "green",
    "approved": "green",
    "completed": "green",
    "refused": "red",
    "rejected": "red",
    "failed": "red",
    "rolled_back": "red",
    "timed_out": "red",
    "pending_approval": "yellow",
    "running": "yellow",
    "deploying": "yellow",
    "received": "yellow",
}


def console(*, stderr: bool = False) -> Any:
    """Return a rich console; where nobody watches, lines are wide enough for ids."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPED_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def show(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Print records as a table of some columns, or all of them as JSON.

    Parameters
    ----------
    rows
        Records.
    columns
        Keys that the table shows.
    as_json
        Print a JSON list instead.
    empty
        What a person is told when there are no records.
    """
    found = list(rows)
    if as_json:
        print_json(found)
    elif not found:
        console().print(empty, markup=False)
    else:
        console().print(table(found, columns))


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """Return a rich table; numbers stand to the right, known words have their colours."""
    from rich.table import Table

    drawn = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        number = all(isinstance(row.get(column), int | float) for row in rows)
        drawn.add_column(column.replace("_", " "), justify="right" if number else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(cell(row.get(column)) for column in columns))
    return drawn


def cell(value: Any) -> Any:
    """Return a value as a cell; no markup of the value's own counts."""
    from rich.text import Text

    if isinstance(value, Text):
        return value
    if value is None or value == "":
        return Text("-", style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int):
        return Text(f"{value:,}")
    if isinstance(value, float):
        return Text(f"{value:.4g}")
    return Text(str(value), style=_COLOURS.get(str(value).lower(), ""))


def print_json(document: Any) -> None:
    """Print a document as JSON."""
    print(json.dumps(document, indent=2, default=str, ensure_ascii=False))


def say(text: str) -> None:
    """Print a line as it is."""
    console().print(text, markup=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print a line on the error stream, where it does not mix with results."""
    console(stderr=True).print(text, markup=False, soft_wrap=True, style="yellow")


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Say on the error stream what takes a while, where somebody watches."""
    printer = console(stderr=True)
    if not printer.is_terminal:
        yield
        return
    with printer.status(what):
        yield


def tell_error(error: Exception) -> None:
    """Print an error in red with its context; what is no error of ours is named as what it is."""
    from rich.text import Text

    first, _, rest = _words(error).partition("\n")
    printer = console(stderr=True)
    printer.print(Text(f"Error: {first}", style="bold red"))
    if rest:
        printer.print(Text(rest, style="red"))


def _words(error: Exception) -> str:
    """Return an error's message, led by its name where the message alone would not do."""
    module = type(error).__module__
    if isinstance(error, PenstockError) or module.startswith("local_cloud"):
        return str(error)
    if module.startswith("botocore"):
        return f"AWS refused: {error}" if hasattr(error, "response") else str(error)
    advice = "what to do: Set PENSTOCK_DEBUG=1 to see where it happened, and report it."
    return f"Unexpected {type(error).__name__}: {error}\n  {advice}"
