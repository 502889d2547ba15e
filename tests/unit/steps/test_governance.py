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
