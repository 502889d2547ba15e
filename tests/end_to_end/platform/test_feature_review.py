"""A new version of a guarded view waits for another person, and is materialised once there is a yes."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog.search import search
from penstock.errors import InvalidSpec, NotPermitted, SegregationOfDuties
from penstock.features.catalogue import (
    Definition,
    change_features,
    feature_catalogue,
    freshness_of,
    impact_on,
)
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.world import World, eventually

NAME = "reviewed"


def document(version: int, **view: Any) -> dict[str, Any]:
    return use_cases.document(
        NAME,
        datasets=[use_cases.contract(classification="confidential")],
        features=[{**use_cases.view(), "version": version, **view}],
        model=use_cases.model(train_after_arrivals=use_cases.NEVER, views=["meter_history"]),
    )


def found(world: World, version: int) -> Definition:
    return feature_catalogue(world.priya).find(NAME, f"meter_history@{version}")


def materialised(world: World, version: int) -> None:
    catalogue = feature_catalogue(world.dana)
    eventually(
        lambda: catalogue.observed(NAME, "meter_history", version), f"version {version} to be materialised"
    )


@pytest.fixture(scope="module")
def first(world: World) -> None:
    world.register(document(1))
    request = {"use_case": NAME, "dataset": "readings", "decision": "approve", "reason": "reviewed"}
    world.priya.call("decide_contract", request)
    world.onboard(NAME, "first.csv", use_cases.as_csv(use_cases.rows(40)))
    materialised(world, 1)


def test_a_version_waits_is_approved_by_another_and_materialised_at_once(world: World, first: None) -> None:
    with pytest.raises(InvalidSpec, match="Raise `version`"):
        world.register(document(1, time_to_live_days=30))
    world.register(document(2, time_to_live_days=30))
    assert (found(world, 1).status, found(world, 2).status) == ("in_force", "proposed")
    with pytest.raises(SegregationOfDuties):
        change_features(world.dana, "approve", NAME, ["meter_history"], reason="mine")
    told = change_features(world.priya, "approve", NAME, reason="the time to live fits")
    assert [due["views"] for due in told["due"]] == [["meter_history"]]
    assert (found(world, 1).status, found(world, 2).status) == ("deprecated", "in_force")
    materialised(world, 2)
    assert {"own approval refused", "features approved"} <= set(world.actions(NAME))
    (fresh,) = freshness_of(world.dana, NAME)
    assert (fresh.version, fresh.rows > 0) == (2, True)


def test_what_is_deprecated_tells_who_needs_it(world: World, first: None) -> None:
    assert (
        "the next training: the model is declared with it"
        in impact_on(world.dana, NAME, "meter_history").breaks
    )
    with pytest.raises(NotPermitted, match="in use"):
        change_features(world.dana, "retire", NAME, ["meter_history"], reason="away")


def test_a_decision_is_found_by_search(world: World, first: None) -> None:
    change_features(
        world.dana, "deprecate", NAME, ["meter_history.mean_amount"], reason="the median is steadier"
    )
    eventually(
        lambda: search(world.dana, "mean status:deprecated", use_case=NAME, kind="feature").hits or None,
        "the deprecated feature to be found",
    )
