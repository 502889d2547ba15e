"""The command line: help with examples, errors in words, nothing heavy before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from penstock.cli.app import app, run
from penstock.cli.connection import Target
from penstock.errors import NotFound

RUNNER = CliRunner()


def _commands(parent: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in parent.commands.items():
        inner = (*path, name)
        found += _commands(command, inner) if hasattr(command, "commands") else [inner]
    return found


COMMANDS = _commands(typer.main.get_command(app))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_has_an_example_of_it(command: tuple[str, ...]) -> None:
    answer = RUNNER.invoke(app, [*command, "--help"])
    assert answer.exit_code == 0
    _, _, examples = answer.output.partition("Example")
    assert "penstock" in examples and " ".join(command) in examples


def test_the_promised_commands_are_there() -> None:
    promised = (
        "demo up down status executions models datasets predict logs register upload train approvals "
        "approve reject deploy monitor search lineage report version reproduce explain"
    )
    grouped = (
        "model show, dataset check, dataset infer, dataset profile, dataset register, dataset approve, "
        "dataset reject, dataset show, dataset history, dataset arrivals, dataset replay, "
        "dataset quarantine, dataset repair, dataset tag, dataset untag, audit show, audit verify, "
        "glossary add, glossary show, glossary list, runs list, runs show, runs compare, runs search, "
        "runs page, runs export"
    )
    assert {*promised.split(), *grouped.split(", ")} <= {" ".join(command) for command in COMMANDS}


PRINTING = "check infer profile register approve reject show history replay quarantine repair".split()
READING = [
    "explain",
    *(f"dataset {name}" for name in PRINTING),
    *"status executions models datasets predict logs approvals search lineage report version".split(),
    *("model show", "dataset history", "audit show", "audit verify", "glossary show", "glossary list"),
    *("runs list", "runs show", "runs compare", "runs search", "runs page", "runs export", "reproduce"),
]


@pytest.mark.parametrize("command", READING)
def test_every_reading_command_can_print_json(command: str) -> None:
    assert "--json" in RUNNER.invoke(app, [*command.split(), "--help"]).output


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom penstock.cli.app import app\n"
        "heavy = {'boto3', 'botocore', 'rich.table', 'pydantic', 'jinja2', 'duckdb', 'local_cloud'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _fails(monkeypatch: pytest.MonkeyPatch, error: Exception, *words: str) -> int:
    def broken(self: Target) -> None:
        raise error

    monkeypatch.setattr(Target, "platform", broken)
    monkeypatch.setattr(sys, "argv", ["penstock", *words])
    with pytest.raises(SystemExit) as stopped:
        run()
    return int(str(stopped.value.code))


def test_an_error_is_told_with_its_context_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = NotFound("No such thing.", found="[red]x[/red]", expected="y", action="Try z.")
    assert _fails(monkeypatch, error, "models") == 1
    told = capsys.readouterr().err
    assert "Error: No such thing." in told
    assert "found: [red]x[/red]" in told and "what to do: Try z." in told
    assert "Traceback" not in told


def test_an_unexpected_error_is_named_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _fails(monkeypatch, KeyError("gone"), "runs") == 1
    told = capsys.readouterr().err
    assert "Unexpected KeyError" in told and "PENSTOCK_DEBUG=1" in told and "Traceback" not in told


def test_debugging_shows_where_it_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_DEBUG", "1")
    with pytest.raises(KeyError):
        _fails(monkeypatch, KeyError("gone"), "runs")


@pytest.mark.parametrize("words", [["nonsense"], ["predict", "x"], ["train"], ["demo", "--rows", "few"]])
def test_wrong_usage_has_exit_code_2(words: list[str]) -> None:
    assert RUNNER.invoke(app, words).exit_code == 2


def test_a_mistake_in_a_use_case_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    answer = RUNNER.invoke(app, ["register", str(tmp_path)])
    assert type(answer.exception).__name__ == "InvalidSpec"


def test_the_version_is_printed_as_json() -> None:
    assert "version" in json.loads(RUNNER.invoke(app, ["version", "--json"]).output)
