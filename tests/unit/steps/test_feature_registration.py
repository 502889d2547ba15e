"""What becomes of features when their use case is registered."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import InvalidSpec
from tests.unit.steps.conftest import use_case_document


def register(world: Any, *, by: str = "dana", version: int = 1, **view: Any) -> dict[str, Any]:
    document = use_case_document()
    document["features"][0].update(version=version, **view)
    answer: dict[str, Any] = world.governance.register_use_case({"use_case": document}, by, world.groups)
    return answer


def test_the_answer_says_what_is_in_force_and_what_is_to_be_materialised(world: Any) -> None:
    told = register(world)
    assert told["features"] == [
        {"kind": "view", "name": "history", "version": 1, "status": "in_force", "needs": []}
    ]
    assert told["features_due"] == [], "there are no rows yet"
    head = world.snapshot(features=False)
    (due,) = register(world)["features_due"]
    assert due == {
        "use_case": "demo_case", "dataset": "invoices", "snapshot_id": head.id, "views": ["history"]
    }  # fmt: skip
    facts = {"write_time": world.clock(), "rows": 1, "entities": 1, "at": world.clock()}
    world.feature_catalogue.observe("demo_case", "history", 1, snapshot_id=head.id, **facts)
    assert register(world)["features_due"] == []


def test_a_changed_computation_is_refused_before_anything_is_registered(world: Any) -> None:
    register(world)
    before = world.catalog.use_case("demo_case")
    with pytest.raises(InvalidSpec, match="Raise `version`"):
        register(world, time_to_live_days=3)
    assert world.catalog.use_case("demo_case") == before
    assert [one["version"] for one in register(world, version=2, time_to_live_days=3)["features"]] == [1, 2]
