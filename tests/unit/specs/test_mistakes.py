"""Every mistake of a use case is named at once, with file, line and field."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import InvalidSpec
from penstock.specs import documents
from penstock.specs.documents import parse_document
from penstock.specs.loader import load_contract, load_use_case

HEAD = """\
dataset: payments
owner: finance
steward: finance-data
purpose: forecasting
legal_basis: contract
classification: internal
"""
ID = "  - {name: id, type: string, nullable: false, key: true}\n"


def contract(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "payments.yaml"
    path.write_text(text, encoding="utf-8")
    return load_contract(path)


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(InvalidSpec) as raised:
        contract(tmp_path, text)
    return str(raised.value)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            "columns:\n  - {name: id, type: strin}\n",
            ("payments.yaml:8 columns.0.type", "did you mean string?"),
        ),
        (
            "columns:\n" + ID + "retention_day: 3\n",
            ("payments.yaml:9 retention_day", "did you mean retention_days?"),
        ),
        ("columns:\n  - {name: id, typ: string}\n", ("columns.0.typ: there is no such field", "mean type?")),
        ("columns:\n  - {name: id}\n", ("payments.yaml:8 columns.0.type: is missing",)),
        ("owner: again\ncolumns:\n" + ID, ("payments.yaml:7 owner: stands twice; first in line 2",)),
        (
            "columns:\n  - name: id\n    type: string\n    key: true\n    nullable: true\n",
            ("payments.yaml:10 columns.0.key", "payments.yaml:11 columns.0.nullable"),
        ),
        (
            "columns:\n" + ID + "event_time: id\n",
            ("payments.yaml:9 event_time", "declared as string", "payments.yaml:8 columns.0.type"),
        ),
        (
            "columns:\n" + ID + "  - {name: ID, type: string}\n",
            ("payments.yaml:8 columns.0.name", "payments.yaml:9 columns.1.name", "named twice"),
        ),
        (
            "columns:\n  - {name: id, type: string, key: true, protect: drop}\n",
            ("payments.yaml:8 columns.0.protect: id is a key and is dropped",),
        ),
        (
            "columns:\n" + ID + "partition_by:\n  - {column: id, unit: month}\n",
            ("payments.yaml:10 partition_by.0.unit", "id is declared as string"),
        ),
        (
            "columns:\n  - {name: id, type: string}\nchanges: {operation: op, order_by: op}\n",
            ("does not declare: op", "needs a key column", "payments.yaml:9 changes.order_by"),
        ),
        (
            "columns:\n" + ID + "trigger: {kind: schedule, expression: every day}\n",
            ("payments.yaml:9 trigger", "'every day' is no schedule"),
        ),
        ("columns:\n" + ID + "trigger: {files: 5}\n", ("files and minutes are for a batch trigger",)),
        (
            "columns:\n" + ID + "rules:\n  - {check: between, column: nowhere, minimum: 1}\n",
            ("payments.yaml:9 rules", "nowhere"),
        ),
    ],
)
def test_a_mistake_is_named_with_line_field_and_what_was_meant(
    tmp_path: Path, lines: str, words: tuple[str, ...]
) -> None:
    said = complaint(tmp_path, HEAD + lines)
    assert all(word in said for word in words), said


def test_a_rule_that_cannot_be_checked_is_refused_before_the_first_file(tmp_path: Path) -> None:
    columns = "columns:\n" + ID + "  - {name: paid, type: boolean}\n"
    rules = "rules:\n  - {check: between, column: paid, minimum: 1, maximum: 2}\n"
    assert "payments.yaml:10 rules" in complaint(tmp_path, HEAD + columns + rules)


def test_a_public_dataset_shows_no_personal_column(tmp_path: Path) -> None:
    text = HEAD.replace("internal", "public") + "columns:\n"
    said = complaint(tmp_path, text + "  - {name: mail, type: string, sensitivity: personal}\n")
    assert "payments.yaml:8 columns.0.sensitivity" in said
    assert "payments.yaml:6 classification" in said


def test_mistakes_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree("examples/late_invoices", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    dataset = folder / "datasets" / "invoices.yaml"
    dataset.write_text(dataset.read_text().replace("type: integer", "type: int"))
    (folder / "model.yaml").write_text((folder / "model.yaml").read_text() + "surprise: 1\n")
    with pytest.raises(InvalidSpec) as raised:
        load_use_case(folder)
    said = str(raised.value)
    assert said.count("did you mean integer?") == dataset.read_text().count(
        "type: int}"
    ) + dataset.read_text().count("type: int,")
    assert "model.yaml:" in said


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("y", "y"), ("true", True), ("False", False), ("~", None), ("", None),
        ("2025-01-01", "2025-01-01"), ("12:30", "12:30"), ("01234", "01234"), ("0", 0), ("-7", -7),
        ("1e6", 1e6), ("1.50", 1.5), ("'7'", "7"), ("0x1f", "0x1f"), ("1_000", "1_000"),
    ],
)  # fmt: skip
def test_words_mean_what_they_say(text: str, value: Any) -> None:
    assert parse_document(f"a: {text}\n", "x.yaml").content == {"a": value}


def test_aliases_and_merges_are_followed_and_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_MOST_NODES", 5_000)
    text = "base: &b {type: string}\ncolumns:\n  - {<<: *b, name: id}\n  - {<<: *b, name: no, type: date}\n"
    columns = parse_document(text, "x.yaml").content["columns"]
    assert columns == [{"name": "id", "type": "string"}, {"name": "no", "type": "date"}]
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
    )
    with pytest.raises(InvalidSpec, match="too large"):
        parse_document(bomb, "x.yaml")
    with pytest.raises(InvalidSpec):
        parse_document("a: &a [*a]\n", "x.yaml")
    with pytest.raises(InvalidSpec, match="not YAML"):
        parse_document("a: " + "[" * 5_000, "x.yaml")


@pytest.mark.parametrize("text", ["a: !!python/object:os.system {}\n", "a: !thing 1\n"])
def test_tags_make_no_objects(text: str) -> None:
    document = parse_document(text, "x.yaml")
    assert document.content["a"] in ({}, 1, "1")


def test_a_key_that_is_no_text_is_named() -> None:
    assert "must be a text" in str(parse_document("? [a]\n: 1\n", "x.yaml").mistakes[0])
