"""Commands that the documentation shows, and whether they exist; nothing is run."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

PROJECT = Path(__file__).resolve().parents[3]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SHELL = {"cd", "export", "source", "git"}


def pages() -> list[Path]:
    """Return every Markdown page of the documentation."""
    return [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def shown_commands(text: str) -> Iterator[str]:
    """Yield what stands after ``$`` in the console blocks of a page."""
    for block in _BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                yield line.removeprefix("$ ")


def mistake(command: str) -> str | None:
    """Return what is wrong with a command, or None."""
    path, *arguments = shlex.split(command, comments=True)
    program = path.removeprefix(".venv/bin/")
    if program == "penstock":
        return _penstock_mistake(arguments)
    if program == "make":
        return _make_mistake(arguments)
    if program == "python":
        found = arguments[0] == "-m" and importlib.util.find_spec(arguments[1])
        return None if found else f"no module {arguments[1:2]}"
    return None if program in _SHELL else f"unknown program {program}"


def _make_mistake(arguments: list[str]) -> str | None:
    targets = re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals and name != "ARGS":
            return f"unknown variable {name}"
        if equals and "demo" in arguments and (wrong := _penstock_mistake(["demo", *shlex.split(value)])):
            return wrong
        if not equals and name not in targets:
            return f"no target {name}"
    return None


def _penstock_mistake(arguments: list[str]) -> str | None:
    """Parse a command line down to the last sub-command, whose callback is not called."""
    from penstock.cli.app import app

    command: Any = typer.main.get_command(app)
    context: Any = None
    name: str = "penstock"
    rest = arguments
    try:
        while True:
            context = command.make_context(name, list(rest), parent=context)
            if not hasattr(command, "commands"):
                return None
            given, command, rest = command.resolve_command(context, _remaining(context))
            name = given or ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _remaining(context: Any) -> list[str]:
    """Return what a group left for its sub-command."""
    return [*getattr(context, "_protected_args", []), *context.args]
