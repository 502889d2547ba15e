"""The commands of governance, on a platform of stores in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.cli.connection import Target
from penstock.governance import dossier
from penstock.governance.evidence import verify_evidence
from penstock.models import ModelRepository, Stage
from penstock.models.aliases import Aliases
from penstock.models.signing import sign_package
from tests.integration.governance.test_evidence import AT, KEY, World

UC = "breast_cancer"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    items = world.platform.items("models")
    facts = {
        "candidate": "logistic",
        "model_key": KEY,
        "evaluation_prefix": "e",
        "metrics": {"auc": {"value": 0.9}},
        "signature": sign_package(world.artifacts, KEY),
    }
    ModelRepository(items).register(
        UC, run_id="r2", stage=Stage.PENDING_APPROVAL, by="sam", at=AT, facts=facts
    )
    Aliases(items).set(UC, "spring", 2, by="dana", at=AT)
    monkeypatch.setattr(dossier, "audit_copies", lambda platform: world.copies)
    monkeypatch.setattr(Target, "platform", lambda self: world.platform)
    return world


def run(*arguments: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert found.exit_code == code, found.output
    return found.output


def document(*arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code))


def test_versions_are_compared_found_and_named(world: World) -> None:
    compared = document("model", "compare", UC, "1", "spring")
    assert (compared["first"], compared["second"]) == (1, 2)
    assert "candidate" in run("model", "compare", UC, "1", "latest")
    assert "the same in everything" in run("model", "compare", UC, "1", "1")
    assert [one["version"] for one in document("model", "find", UC, "--metric", "auc>=0.9")] == [2]
    assert [one["version"] for one in document("model", "find", "--stage", "approved")] == [1]
    assert document("model", "aliases", UC)[0]["name"] == "spring"
    assert "no such stage" in run("model", "find", "--stage", "nothing", code=2)


def test_the_audit_trail_is_shown_filtered_exported_and_proven(world: World, tmp_path: Path) -> None:
    assert document("audit", "show", UC, "--actor", "training")[0]["action"] == "model registered"
    for option in (
        ("--actor", "eve"),
        ("--since", "2027-01-01"),
        ("--until", "2025-01-01"),
        ("--action", "x"),
    ):
        assert document("audit", "show", UC, *option) == []
    lines = run("audit", "export", UC).splitlines()
    assert [json.loads(one)["sequence"] for one in lines] == [1]
    run("audit", "export", UC, "--copies", "-o", str(tmp_path / "copies.jsonl"))
    assert (tmp_path / "copies.jsonl").read_text().splitlines() == lines
    assert "the chain is intact" in run("audit", "verify", UC)
    found = world.platform.items("audit").get(f"chain#{UC}", f"{1:010d}")
    world.platform.items("audit").put({**found, "actor": "eve"})
    assert "record 1: content that does not match" in run("audit", "verify", UC, code=1)
    assert document("audit", "verify", UC, code=1)["verified"] is False


def test_card_inventory_and_evidence_are_written(world: World, tmp_path: Path) -> None:
    assert document("card", UC, "--version", "1")["model_overview"]["model_version"] == 1
    assert (
        json.loads(run("card", UC, "--version", "spring", "--request"))["ModelCardStatus"] == "PendingReview"
    )
    run("card", UC, "--version", "1", "-o", str(tmp_path / "card.html"))
    assert "<h1>breast_cancer, version 1</h1>" in (tmp_path / "card.html").read_text()
    assert {one["version"] for one in document("inventory")} == {1, 2}
    run("inventory", "-o", str(tmp_path / "inventory.html"))
    assert "2 versions of 1 model<" in (tmp_path / "inventory.html").read_text()
    run("evidence", UC, "--version", "1", "-o", str(tmp_path / "e.zip"))
    assert verify_evidence(tmp_path / "e.zip") == []
    world.package(b"evil")
    made = document("evidence", UC, "--version", "1", "-o", str(tmp_path / "e.zip"), code=1)
    assert "not the one that was registered" in made["problems"][0]


def test_ageing_is_shown_in_words_and_as_json(world: World) -> None:
    assert "Nothing has been measured yet" in run("model", "ageing", UC)
    ages = [
        {"version": "1", "age_days": days, "metric": 0.9 - days / 1_000, "rows": 80, "at": AT}
        for days in (0, 60)
    ]
    document_of_ages = {"metric": "auc", "measurements": ages}
    world.artifacts.write("e/staleness.json", json.dumps(document_of_ages).encode())
    told = run("model", "ageing", UC)
    assert "auc changes by -0.0300 in 30 days; a fall by the tolerance after 5 days." in told
    assert [one["age_days"] for one in document("model", "ageing", UC)["measurements"]] == [0, 60]


def test_a_review_is_asked_of_the_platform(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Any]()

    def call(name: str, payload: dict[str, Any]) -> dict[str, Any]:
        asked.append((name, payload))
        return {**payload, "reviewed_by": "priya", "reviewed_at": AT}

    world.platform.call = call
    assert "Version 2 of breast_cancer is reviewed by priya" in run(
        "model", "review", UC, "spring", "--reason", "fine"
    )
    assert asked == [("review_version", {"use_case": UC, "version": 2, "reason": "fine"})]
