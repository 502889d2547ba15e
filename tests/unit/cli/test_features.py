"""``feature`` commands: the catalogue in tables and as JSON, decisions in the name of a person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from penstock.catalog import Catalog
from penstock.cli.app import app
from penstock.cli.connection import Target
from penstock.errors import NotFound
from penstock.features.catalogue import FeatureCatalogue, FeatureStewardship
from penstock.governance.audit import AuditTrail
from penstock.models import ModelRepository
from penstock.specs import load_use_case
from penstock.stores import MemoryItems

AT = "2026-01-01T00:00:00.000Z"


class Platform:
    """A platform in memory; priya asks, as approver."""

    def __init__(self) -> None:
        self.tables = {name: MemoryItems() for name in ("catalog", "features", "models", "audit")}

    def items(self, name: str) -> MemoryItems:
        return self.tables[name]

    def call(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        assert function == "steward_feature"
        stewardship = FeatureStewardship(
            FeatureCatalogue(self.items("features")), Catalog(self.items("catalog")),
            ModelRepository(self.items("models")), AuditTrail(self.items("audit")), lambda: AT,
        )  # fmt: skip
        return stewardship.ask(payload, "priya", is_approver=True)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    made, use_case = Platform(), load_use_case_once()
    Catalog(made.items("catalog")).register(use_case, by="dana", at=AT)
    FeatureCatalogue(made.items("features")).register(use_case, by="dana", at=AT)
    monkeypatch.setattr(Target, "platform", lambda self: made)
    return made


def load_use_case_once() -> Any:
    from pathlib import Path

    found = load_use_case(Path("examples/late_invoices"))
    (view,) = found.features[:1]
    return found.model_copy(
        update={"features": (view,), "on_demand": (), "services": (), "model": found.model.model_copy(
            update={"service": None, "views": (view.name,)})}
    )  # fmt: skip


def ask(*words: str, code: int = 0) -> str:
    answer = CliRunner().invoke(app, ["feature", *words], env={"COLUMNS": "200"})
    assert answer.exit_code == code, answer.output + repr(answer.exception)
    return answer.output


def test_the_list_says_what_is_in_force(platform: Platform) -> None:
    told = ask("list")
    assert "customer_history@1" in told and "in_force" in told
    rows = json.loads(ask("list", "late_invoices", "--json"))
    assert [(row["kind"], row["definition"], row["status"]) for row in rows] == [
        ("view", "customer_history@1", "in_force")
    ]
    assert json.loads(ask("list", "--status", "proposed", "--json")) == []


def test_a_view_is_shown_with_its_features(platform: Platform) -> None:
    told = ask("show", "late_invoices", "customer_history")
    assert "late_share" in told and "share_above of days_late" in told
    document = json.loads(ask("show", "late_invoices", "customer_history@1", "--json"))
    assert document["types"]["late_share"] == "decimal"
    assert document["says"]["dataset"] == "invoices"


def test_history_and_impact_are_told(platform: Platform) -> None:
    assert "registered" in ask("history", "late_invoices", "customer_history")
    assert "the next training" in ask("impact", "late_invoices", "customer_history")
    assert json.loads(ask("impact", "late_invoices", "customer_history", "--json"))["declared_by_model"]


def test_deprecating_prints_what_would_break(platform: Platform) -> None:
    told = ask("deprecate", "late_invoices", "customer_history", "--reason", "too slow")
    assert "view customer_history@1 is deprecated, by priya" in told
    assert "Without customer_history@1 these would break:\n  the next training" in told
    assert "in_force" in ask("deprecate", "late_invoices", "customer_history", "--reason", "no", "--undo")


def test_stats_and_freshness_follow_the_last_materialisation(platform: Platform) -> None:
    with pytest.raises(NotFound, match="no statistics"):
        CliRunner().invoke(
            app, ["feature", "stats", "late_invoices", "customer_history"], catch_exceptions=False
        )
    assert "never materialised" in ask("freshness", code=1)
    FeatureCatalogue(platform.items("features")).observe(
        "late_invoices", "customer_history", 1, snapshot_id="s", write_time=AT, rows=7, entities=3, at=AT,
        statistics={"late_share": {"count": 7, "nulls": 1, "mean": 0.25}}, newest_event="2999-01-01",
    )  # fmt: skip
    assert "0.25" in ask("stats", "late_invoices", "customer_history")
    (row,) = json.loads(ask("freshness", "late_invoices", "--json"))
    assert (row["rows"], row["stale"]) == (7, False)


def test_what_waits_is_approved_at_once(platform: Platform) -> None:
    use_case = load_use_case_once()
    second = use_case.features[0].model_copy(update={"version": 2, "time_to_live_days": 30})
    use_case = use_case.model_copy(update={"features": (second,)})
    Catalog(platform.items("catalog")).register(use_case, by="dana", at=AT)
    FeatureCatalogue(platform.items("features")).register(use_case, by="dana", at=AT)
    assert "replaces version 1" in ask("list", "--status", "proposed")
    assert "customer_history@2 is in_force" in ask("approve", "late_invoices", "--reason", "fine")
    assert "deprecated" in ask("list", "--all")


def test_who_uses_a_view_is_shown(platform: Platform) -> None:
    catalogue = FeatureCatalogue(platform.items("features"))
    catalogue.record_use("late_invoices", 4, views=load_use_case_once().model_views, at=AT)
    assert "model version 4" in ask("show", "late_invoices", "customer_history")
