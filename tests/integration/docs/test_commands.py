"""Every command that the documentation shows exists, with its options."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.docs.commands import PROJECT, mistake, pages, shown_commands


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_command_on_a_page_parses(page: Path) -> None:
    found = {command: mistake(command) for command in shown_commands(page.read_text(encoding="utf-8"))}
    assert {command: why for command, why in found.items() if why} == {}


def test_readme_and_tutorial_show_commands() -> None:
    readme, tutorial = PROJECT / "README.md", PROJECT / "docs" / "tutorial.md"
    assert ["make demo", "make test"] == list(shown_commands(readme.read_text(encoding="utf-8")))[:2]
    assert len(list(shown_commands(tutorial.read_text(encoding="utf-8")))) > 10


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("make tset", "no target tset"),
        ("make demo ARGS='--rows many'", "BadParameter"),
        ("penstock modles", "No such command"),
        ("penstock models --yaml", "NoSuchOption"),
        ("penstock deploy late_invoices", "MissingParameter"),
        ("penstock model show late_invoices", "MissingParameter"),
        ("python -m benchmarks.no_such_thing", "no module"),
        ("rm -rf /", "unknown program"),
    ],
)
def test_a_wrong_command_is_noticed(command: str, why: str) -> None:
    assert why in str(mistake(command))
