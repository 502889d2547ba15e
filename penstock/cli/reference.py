"""The reference of the command line as Markdown: ``python -m penstock.cli.reference``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

_WIDTH = 100
_INTRODUCTION = """\
# Command line

Made by `python -m penstock.cli.reference`; a test compares it with the code.

A command talks to the platform that the environment names (`AWS_ENDPOINT_URL`, `AWS_PROFILE` or AWS
credentials in variables). Where nothing is named, it talks to the local cloud of the nearest folder upwards
that runs one, else to the AWS account of the default credentials. In a local cloud `--profile` chooses a
person: `engineer`, `scientist` (dana, the default), `scientist2` (sam), `approver` (priya) or `owner`
(omar).

Every command but `demo`, `up` and `down` takes `--json`. An error goes to the standard error stream in words,
with exit code 1; a mistake in the command itself ends with exit code 2. `PENSTOCK_DEBUG=1` shows the
traceback."""


def commands(command: Any, names: tuple[str, ...] = ("penstock",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield a command and everything below it, each with its full name."""
    yield names, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*names, name))


def reference() -> str:
    """Return the help of every command.

    Examples
    --------
    >>> "## penstock audit verify" in reference()
    True
    """
    from penstock.cli.app import app

    parts = [_INTRODUCTION]
    for names, command in commands(typer.main.get_command(app)):
        parts.append(f"## {' '.join(names)}\n\n```text\n{_help(names, command)}\n```")
    return "\n\n".join(parts) + "\n"


def _help(names: tuple[str, ...], command: Any) -> str:
    """Return what ``--help`` prints, at a fixed width."""
    context = command.context_class(
        command, info_name=" ".join(names), terminal_width=_WIDTH, help_option_names=["-h", "--help"]
    )
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


if __name__ == "__main__":
    print(reference(), end="")
