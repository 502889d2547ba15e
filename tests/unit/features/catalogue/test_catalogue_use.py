"""Who uses a feature, what would break without it, and what people may therefore decide."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.catalog.lineage import Edge
from penstock.errors import InvalidSpec, NotFound, NotPermitted, SegregationOfDuties
from penstock.features.catalogue import FeatureCatalogue, FeatureStewardship, impact
from penstock.governance.audit import AuditTrail
from penstock.models import ModelRepository, Stage
from penstock.stores import MemoryItems
from tests.unit.features.catalogue.conftest import AT, LATER, case, longer, personal_city, version, with_city


class Desk:
    """The catalogue, a champion, and those who ask."""

    def __init__(self) -> None:
        self.features, self.catalog = FeatureCatalogue(MemoryItems()), Catalog(MemoryItems())
        self.models, self.audit = ModelRepository(MemoryItems()), AuditTrail(MemoryItems())
        self.steward = FeatureStewardship(self.features, self.catalog, self.models, self.audit, lambda: LATER)

    def register(self, *edits: Any, by: str = "dana") -> None:
        self.catalog.register(case(*edits), by=by, at=AT)
        self.features.register(case(*edits), by=by, at=AT)

    def champion(self) -> None:
        """Train the next version with the features in force, and let it serve."""
        use_case = self.features.usable(self.catalog.use_case("risk"))
        facts = {"candidate": "linear", "model_key": "m", "evaluation_prefix": "e"}
        run = f"r{len(self.models.versions('risk'))}"
        made = self.models.register(
            "risk", run_id=run, stage=Stage.DEPLOYING, by="dana", at=AT, facts=facts
        ).version
        self.models.move("risk", made, Stage.CHAMPION, by="serving", at=AT)
        self.features.record_use(
            "risk", made, views=use_case.model_views, on_demand=use_case.model_on_demand,
            service=use_case.model.service, run_id=run, at=AT,
        )  # fmt: skip
        edge = Edge(source=f"model:risk/{made}", target="endpoint:risk/penstock-risk", by="serving", at=AT)
        self.catalog.lineage.record(edge)

    def ask(self, action: str, *names: str, by: str = "dana", approver: bool = False, **more: Any) -> Any:
        request = {"action": action, "use_case": "risk", "names": names, "reason": "because", **more}
        return self.steward.ask(request, by, is_approver=approver)

    def actions(self) -> list[str]:
        return [one.action for one in self.audit.records("risk")]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_use_of_a_model_is_recorded_once(desk: Desk) -> None:
    desk.register()
    desk.champion()
    use = desk.features.used_by("risk", 1)
    assert use is not None
    assert [(one.view, one.version, one.features) for one in use.views] == [
        ("history", 1, ("payments", "highest"))
    ]
    assert ([str(pin) for pin in use.on_demand], str(use.service)) == (["above_highest@1"], "collecting@1")
    assert desk.features.record_use("risk", 1, views=[], at=LATER) == use
    assert desk.features.used_by("risk", 2) is None
    assert desk.features.uses("risk") == [use]


def test_impact_names_services_expressions_models_and_endpoints(desk: Desk) -> None:
    desk.register()
    desk.champion()
    found = impact(
        desk.features, desk.models, "risk", "history", declared=case(), lineage=desk.catalog.lineage
    )
    assert found.breaks == (
        "model version 1 (champion) on penstock-risk",
        "the next training: the model is declared with it",
        "feature service collecting@1",
        "on-demand feature above_highest@1",
    )
    alone = impact(desk.features, desk.models, "risk", "history.payments")
    assert (alone.reference, alone.services, alone.on_demand) == ("history@1.payments", ("collecting@1",), ())
    assert [one.version for one in alone.models] == [1]
    with pytest.raises(NotFound):
        impact(desk.features, desk.models, "risk", "history.nothing")


def test_models_that_will_never_serve_are_not_counted(desk: Desk) -> None:
    desk.register()
    facts = {"candidate": "linear", "model_key": "m", "evaluation_prefix": "e"}
    desk.models.register("risk", run_id="r", stage=Stage.REFUSED, by="dana", at=AT, facts=facts)
    desk.features.record_use("risk", 1, views=case().model_views, at=AT)
    assert impact(desk.features, desk.models, "risk", "history").models == ()


def test_an_older_version_is_computed_as_long_as_a_champion_uses_it(desk: Desk) -> None:
    desk.register()
    desk.champion()
    desk.register(longer, version(2))
    use_case = desk.catalog.use_case("risk")
    wanted = [(view.name, view.version) for view in desk.features.to_materialise(use_case, models=[1])]
    assert wanted == [("history", 2), ("history", 1)]
    with pytest.raises(NotPermitted, match="version 1 of the model is champion"):
        desk.ask("retire", "history@1")
    desk.champion()
    assert desk.ask("retire", "history@1")["definitions"][0]["status"] == "retired"
    assert len(desk.features.to_materialise(use_case, models=[1, 2])) == 1
    with pytest.raises(NotPermitted, match="Only what is in force"):
        desk.ask("deprecate", "history@1")


def test_deprecating_tells_what_breaks_and_can_be_taken_back(desk: Desk) -> None:
    desk.register()
    desk.champion()
    told = desk.ask("deprecate", "history", replaced_by="other")
    assert "model version 1 (champion) on penstock-risk" in told["impact"][0]["breaks"]
    assert told["definitions"][0]["status"] == "deprecated"
    assert [view.name for view in desk.features.usable(case()).features] == ["history"]
    desk.register()
    assert desk.features.find("risk", "history").status == "deprecated", "a person's word stays"
    with pytest.raises(NotPermitted, match="champion"):
        desk.ask("retire", "history")
    assert desk.ask("restore", "history")["definitions"][0]["status"] == "in_force"
    assert desk.actions() == ["features deprecated", "features restored"]


def test_one_feature_of_a_view_can_be_deprecated(desk: Desk) -> None:
    desk.register()
    desk.ask("deprecate", "history.highest", replaced_by="mean")
    found = desk.features.find("risk", "history")
    assert (found.status, found.ended_features["highest"].replaced_by) == ("in_force", "mean")
    desk.ask("restore", "history.highest")
    assert desk.features.find("risk", "history").ended_features == {}


def test_a_version_that_was_replaced_does_not_come_back(desk: Desk) -> None:
    desk.register()
    desk.register(longer, version(2))
    with pytest.raises(NotPermitted, match="replaced"):
        desk.ask("restore", "history@1")


def test_approval_takes_another_person_who_may(desk: Desk) -> None:
    desk.register(personal_city, with_city)
    with pytest.raises(NotPermitted, match="approver"):
        desk.ask("approve", by="sam")
    with pytest.raises(SegregationOfDuties):
        desk.ask("approve", approver=True)
    told = desk.ask("approve", by="priya", approver=True)
    assert [(one["name"], one["status"], one["decided_by"]) for one in told["definitions"]] == [
        ("history", "in_force", "priya")
    ]
    assert told["due"] == [], "there are no rows yet"
    assert desk.actions() == ["approval refused", "own approval refused", "features approved"]
    with pytest.raises(NotFound, match="Nothing waits"):
        desk.ask("approve", by="priya", approver=True)


@pytest.mark.parametrize("change", [{"action": "delete"}, {"reason": ""}, {"surprise": 1}, {"names": []}])
def test_a_request_that_cannot_be_read_says_why(desk: Desk, change: dict[str, Any]) -> None:
    desk.register()
    request = {"action": "retire", "use_case": "risk", "names": ["history"], "reason": "old", **change}
    with pytest.raises(InvalidSpec):
        desk.steward.ask(request, "dana", is_approver=False)


def test_statistics_and_freshness_of_a_view(desk: Desk) -> None:
    desk.register(lambda d: d["features"][0].update(time_to_live_days=30))
    view = desk.features.view("risk", "history", 1)
    never = desk.features.freshness("risk", view, now=LATER)
    assert (never.stale, never.why) == (True, ("it was never materialised",))
    statistics = {f"f{number}": {"nulls": number, "mean": 0.5} for number in range(450)}
    facts: dict[str, Any] = {
        "write_time": AT, "rows": 9, "entities": 3, "statistics": statistics,
        "newest_event": "2025-12-31T00:00:00",
    }  # fmt: skip
    made = desk.features.observe("risk", "history", 1, snapshot_id="s1", at=AT, **facts)
    assert desk.features.observe("risk", "history", 1, snapshot_id="s1", at=LATER, **facts) == made
    assert desk.features.observations.statistics(made) == statistics
    fresh = desk.features.freshness("risk", view, now=LATER, newest_snapshot="s1")
    assert (fresh.stale, fresh.age_seconds, fresh.rows) == (False, 2 * 86_400, 9)
    behind = desk.features.freshness("risk", view, now="2026-03-01T00:00:00.000Z", newest_snapshot="s2")
    assert behind.why == (
        "its newest event is 60 days old, and its values live 30",
        "snapshot s2 of its dataset is not in it",
    )
    with pytest.raises(NotFound):
        desk.features.observe("risk", "history", 7, snapshot_id="s1", at=AT, **facts)


def test_a_view_that_misses_its_schedule_is_stale(desk: Desk) -> None:
    hourly = {"kind": "schedule", "expression": "rate(1 hour)"}
    desk.register(lambda d: d["features"][0].update(refresh=hourly))
    view = desk.features.view("risk", "history", 1)
    facts: dict[str, Any] = {"snapshot_id": "s1", "write_time": AT, "rows": 0, "entities": 0, "at": AT}
    desk.features.observe("risk", "history", 1, **facts)
    (why,) = desk.features.freshness("risk", view, now=LATER).why
    assert why == "it was materialised 24.0 hours ago, and should be every 1.0 hours"
