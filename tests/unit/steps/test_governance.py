"""Registration of a use case."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import InvalidSpec


def test_a_registration_is_rated_grouped_and_audited(world: Any) -> None:
    document = world.register().model_dump(mode="json")
    told = [
        world.governance.register_use_case({"use_case": document}, "dana", world.groups) for _ in range(2)
    ]
    assert told[0] == told[1]
    assert (told[0]["risk_tier"], told[0]["registered_by"]) == ("medium", "dana")
    assert set(world.groups.names) == {"demo_case"}
    assert set(world.actions()) == {"use case registered"}


@pytest.mark.parametrize(
    "payload", [{}, {"use_case": "demo"}, {"use_case": {"name": "demo"}}, {"use_case": None}]
)
def test_a_wrong_registration_says_what_is_wrong(world: Any, payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec):
        world.governance.register_use_case(payload, "dana", world.groups)


def test_a_draft_is_not_registered(world: Any) -> None:
    document = world.register().model_dump(mode="json")
    document["datasets"][0]["steward"] = "TO BE FILLED"
    with pytest.raises(InvalidSpec, match="nobody has filled in: steward"):
        world.governance.register_use_case({"use_case": document}, "dana", world.groups)


GRAVE = {"audience": "public", "impact": "health", "autonomy": "automatic"}


def test_a_high_risk_without_fairness_limits_is_not_registered(world: Any) -> None:
    document = world.register().model_dump(mode="json")
    before = world.actions()
    with pytest.raises(InvalidSpec, match=r"no 'evaluation\.facets' and no 'gates\.fairness'"):
        world.governance.register_use_case({"use_case": {**document, "risk": GRAVE}}, "dana", world.groups)
    document["model"]["evaluation"]["facets"] = [{"column": "amount", "above": 1}]
    with pytest.raises(InvalidSpec, match=r"found: no 'gates\.fairness'"):
        world.governance.register_use_case({"use_case": {**document, "risk": GRAVE}}, "dana", world.groups)
    assert world.actions() == before


def test_who_says_why_no_groups_are_compared_is_registered_and_audited(world: Any) -> None:
    document = world.register().model_dump(mode="json") | {"risk": GRAVE}
    document["model"]["evaluation"]["no_facets_because"] = "it is about pumps"
    told = world.governance.register_use_case({"use_case": document}, "dana", world.groups)
    assert told["risk_tier"] == "high"
    last = list(world.audit.records("demo_case"))[-1]
    assert last.details["no_facets_because"] == "it is about pumps"
