"""Links resolve, generated pages are those of the code, and the architecture names every package."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from penstock.cli.reference import reference as cli_reference
from penstock.specs import load_use_case
from penstock.specs.reference import reference as specs_reference
from penstock.specs.schema import schemas
from tests.integration.docs.commands import PROJECT, pages

DOCS = PROJECT / "docs"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(PROJECT)))
def test_relative_links_lead_to_files(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    relative = [link.partition("#")[0] for link in links if not link.startswith(("http", "#"))]
    assert [link for link in relative if not (page.parent / link).exists()] == []


def test_every_page_is_linked_from_another() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in pages()
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
    }
    assert {page for page in DOCS.rglob("*.md") if page.resolve() not in linked} == set()


def test_the_command_line_reference_is_the_help_of_the_command_line() -> None:
    assert (DOCS / "reference" / "cli.md").read_text(encoding="utf-8") == cli_reference()


def test_the_specification_reference_is_that_of_the_models() -> None:
    assert (DOCS / "reference" / "specs.md").read_text(encoding="utf-8") == specs_reference()


def test_published_schemas_are_those_of_the_models() -> None:
    folder = DOCS / "reference" / "schemas"
    published = {path.name.partition(".")[0]: json.loads(path.read_text()) for path in folder.glob("*.json")}
    assert published == json.loads(json.dumps(schemas()))


def test_schemas_describe_the_fields_that_have_a_docstring() -> None:
    found = schemas()
    assert "whole file is refused" in found["dataset"]["properties"]["max_quarantined"]["description"]
    column = found["dataset"]["$defs"]["Column"]["properties"]
    assert "on their way to the curated data" in column["protect"]["description"]


def test_examples_use_only_fields_of_the_schemas() -> None:
    use_case = load_use_case(PROJECT / "examples" / "late_invoices").model_dump(mode="json")
    for name, part in {"model": use_case["model"], "serving": use_case["serving"]}.items():
        assert set(part) <= set(schemas()[name]["properties"])


def test_the_architecture_names_every_package() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (PROJECT / "penstock").glob("*/__init__.py")}
    assert {name for name in folders if f"| `penstock/{name}` |" not in text} == set()


def test_the_architecture_names_every_stack_and_event() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    stacks = re.findall(r"^class (\w+)\(Stack\)", _sources("stacks/*.py"), re.MULTILINE)
    assert stacks
    assert [name for name in stacks if f"| {name} |" not in text] == []


def test_every_event_is_documented() -> None:
    text = (DOCS / "reference" / "events.md").read_text(encoding="utf-8")
    sent = re.findall(r'"((?:[A-Z][a-z]+ )+[A-Z][a-z]+)"', _sources("stacks/workflows/*.py"))
    events = {name for name in sent if not name.startswith("States")}
    assert {"Dataset Ready", "Drift Detected"} <= events
    assert {name for name in events if f"`{name}`" not in text} == set()


def _sources(pattern: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(PROJECT.glob(pattern)))
