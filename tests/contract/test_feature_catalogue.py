"""The feature catalogue does the same on DynamoDB as in memory, and two writers at once lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import boto3
import pytest

from penstock.catalog import Catalog
from penstock.errors import InvalidSpec
from penstock.features.catalogue import FeatureCatalogue
from penstock.stores import ItemStore, MemoryItems
from penstock.stores.aws import DynamoItems
from tests.unit.features.catalogue.conftest import AT, LATER, case, guarded, longer, states, version

Writers = Callable[[int], list[FeatureCatalogue]]


@pytest.fixture(params=["memory", "dynamodb"])
def writers(request: pytest.FixtureRequest) -> Writers:
    """Make catalogues on one table, each with a client of its own: those of boto3 are for one thread."""
    memory = MemoryItems()
    table = request.getfixturevalue("table") if request.param == "dynamodb" else ""

    def made(count: int) -> list[FeatureCatalogue]:
        stores: list[ItemStore] = [
            DynamoItems(boto3.resource("dynamodb").Table(table)) if table else memory for _ in range(count)
        ]
        return [FeatureCatalogue(store) for store in stores]

    return made


def test_a_definition_comes_back_as_it_was_registered(items: ItemStore) -> None:
    catalogue, use_case = FeatureCatalogue(items), case(guarded)
    catalogue.register(use_case, by="dana", at=AT)
    assert catalogue.in_force(use_case) == use_case
    assert catalogue.definitions() == catalogue.definitions("risk")
    before = catalogue.definitions("risk")
    catalogue.register(use_case, by="dana", at=LATER)
    assert catalogue.definitions("risk") == before


def test_statistics_come_back_as_they_were_recorded(items: ItemStore) -> None:
    catalogue = FeatureCatalogue(items)
    catalogue.register(case(), by="dana", at=AT)
    statistics: dict[str, Any] = {"payments": {"mean": 1.5, "nulls": 0, "minimum": None, "maximum": "z"}}
    facts: dict[str, Any] = {"rows": 2, "entities": 1, "at": AT, "statistics": statistics}
    for day in ("2026-01-01", "2026-01-03", "2026-01-02"):
        catalogue.observe("risk", "history", 1, snapshot_id=f"s{day}", write_time=day, **facts)
    newest = catalogue.observed("risk", "history", 1)
    assert newest is not None and newest.snapshot_id == "s2026-01-03"
    assert catalogue.observations.statistics(newest) == statistics
    assert len(catalogue.observations.all("risk", "history", 1, limit=2)) == 2


def test_the_same_registered_by_many_at_once_is_registered_once(writers: Writers) -> None:
    several = writers(4)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.register(case(), by="dana", at=AT), several))
    assert set(states(several[0]).values()) == {"in_force"}
    assert {len(one.history) for one in several[0].definitions("risk") if one.kind == "view"} == {1}


def test_of_two_computations_of_one_version_at_once_one_is_refused(writers: Writers) -> None:
    def register(catalogue: FeatureCatalogue, edits: tuple[Any, ...]) -> bool:
        try:
            catalogue.register(case(*edits), by="dana", at=AT)
        except InvalidSpec:
            return False
        return True

    several = writers(2)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(register, several, ((), (longer,))))
    assert sorted(done) == [False, True]
    (view,) = several[0].definitions("risk", kind="view")
    assert (view.status, len(view.history)) == ("in_force", 1)


def test_of_two_versions_at_once_the_higher_one_is_in_force(writers: Writers) -> None:
    def register(catalogue: FeatureCatalogue, number: int) -> None:
        with suppress(InvalidSpec):  # when the higher one was first
            catalogue.register(case(longer, version(number)), by="dana", at=LATER)

    several = writers(2)
    several[0].register(case(), by="dana", at=AT)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(register, several, (2, 3)))
    found = {one.version: str(one.status) for one in several[0].definitions("risk", kind="view")}
    assert (found[1], found[3], found.get(2, "deprecated")) == ("deprecated", "in_force", "deprecated")


def test_a_view_of_two_thousand_features_fits(items: ItemStore) -> None:
    def wide(document: dict[str, Any]) -> None:
        meaning = "Ein Merkmal, das ausführlich beschrieben ist. " * 6
        document["features"][0]["features"] += [
            {"name": f"n{number}", "aggregate": "mean", "of": "amount", "meaning": meaning}
            for number in range(1_990)
        ]

    use_case, catalog, catalogue = case(wide), Catalog(items), FeatureCatalogue(items)
    catalog.register(use_case, by="dana", at=AT)
    catalogue.register(use_case, by="dana", at=AT)
    assert catalog.use_case("risk") == use_case
    assert catalogue.in_force(use_case) == use_case
