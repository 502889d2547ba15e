"""``feature`` commands about values: what is asked of the platform, and what a person is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.cli.connection import Target
from penstock.errors import NotPermitted

VIEW = ["late_invoices", "customer_history"]


class Platform:
    """Answers as the functions do, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((function, payload))
        if payload.get("key") == "held":
            raise NotPermitted("A legal hold protects data of this entity.")
        return {"execution_arn": "arn:run", "id": "e1", "requested_by": "dana"}


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    made = Platform()
    monkeypatch.setattr(Target, "platform", lambda self: made)
    return made


def run(*arguments: str) -> str:
    found = CliRunner().invoke(app, ["feature", *arguments])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


def test_a_view_is_materialised_when_asked(platform: Platform) -> None:
    assert "executions --follow --workflow features" in run("materialise", *VIEW)
    asked = {"use_case": VIEW[0], "view": VIEW[1], "reason": "asked for by hand"}
    assert platform.asked == [("request_features", asked)]


def test_a_backfill_says_from_when_to_when(platform: Platform) -> None:
    told = json.loads(run("backfill", *VIEW, "--from", "2025-01-01", "--to", "2025-04-01", "--json"))
    assert told["execution_arn"] == "arn:run"
    ((_, asked),) = platform.asked
    assert (asked["since"], asked["until"]) == ("2025-01-01", "2025-04-01")
    assert "Missing option" in run("backfill", *VIEW, "--from", "2025-01-01")


def test_an_erasure_tells_where_its_certificate_will_be(platform: Platform) -> None:
    told = run("erase", "late_invoices", "customer", "C1", "--reason", "request 17")
    assert "erasures/late_invoices/e1.json" in told
    assert "C1" not in told
    assert platform.asked[0][0] == "erase_entity"
    with pytest.raises(NotPermitted, match="hold"):
        run("erase", "late_invoices", "customer", "held", "--reason", "r")
