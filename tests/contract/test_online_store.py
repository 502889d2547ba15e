"""The online store on each kind of store, one by one and in batches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import boto3
import pytest

from penstock.errors import Conflict, InvalidSpec
from penstock.features import OnlineStore
from penstock.features.dynamo import DynamoBatches
from penstock.specs import FeatureView
from penstock.stores import MemoryItems
from penstock.stores.aws import DynamoItems


def view(name: str, *features: str, **changes: Any) -> FeatureView:
    return FeatureView.model_validate({
        "name": name, "entity": {"name": "customer", "key": "who"}, "dataset": "payments", "timestamp": "at",
        "features": [{"name": feature, "aggregate": "count"} for feature in features], **changes,
    })  # fmt: skip


HISTORY, CALLS = view("history", "paid", "mean"), view("calls", "called")


def row(day: int, paid: float | None = 1, who: str = "a") -> dict[str, Any]:
    return {"who": who, "event_timestamp": f"2025-01-{day:02d}T00:00:00.000Z", "paid": paid, "mean": 0.5}


@pytest.fixture(params=["memory", "dynamodb", "dynamodb in batches"])
def store(request: pytest.FixtureRequest) -> OnlineStore:
    if request.param == "memory":
        return OnlineStore(MemoryItems())
    table = request.getfixturevalue("table")
    items = DynamoItems(boto3.resource("dynamodb").Table(table))
    batched = request.param == "dynamodb in batches"
    return OnlineStore(items, batches=DynamoBatches(boto3.client("dynamodb"), table) if batched else None)


def paid(store: OnlineStore, *keys: str) -> list[Any]:
    return [features["paid"] for features in store.read("uc", [HISTORY], keys).values()]


def test_the_newest_features_can_be_read(store: OnlineStore) -> None:
    assert store.write("uc", HISTORY, [row(1), row(2, 2, "b"), row(3, None, "größe #1")]) == 3
    assert store.read("uc", [HISTORY], ["b", "nobody", "größe #1"]) == {
        "b": {"paid": 2, "mean": 0.5},
        "nobody": {"paid": None, "mean": None},
        "größe #1": {"paid": None, "mean": 0.5},
    }


def test_late_data_never_overwrites_newer(store: OnlineStore) -> None:
    store.write("uc", HISTORY, [row(2, 2)])
    assert store.write("uc", HISTORY, [row(1, 1)]) == 0
    assert paid(store, "a") == [2]
    assert store.write("uc", HISTORY, [row(3, 3)]) == 1
    assert paid(store, "a") == [3]


def test_within_a_call_the_newest_row_wins_too(store: OnlineStore) -> None:
    assert store.write("uc", HISTORY, [row(1, 1), row(3, 3), row(2, 2)]) == 1
    assert paid(store, "a") == [3]


def test_a_repeat_changes_nothing_and_a_correction_does(store: OnlineStore) -> None:
    store.write("uc", HISTORY, [row(2, 2)])
    assert store.write("uc", HISTORY, [row(2, 2)]) == 0
    assert store.write("uc", HISTORY, [row(2, 7)]) == 1
    assert paid(store, "a") == [7]


def test_views_of_an_entity_live_side_by_side(store: OnlineStore) -> None:
    store.write("uc", HISTORY, [row(5)])
    store.write("uc", CALLS, [{"who": "a", "event_timestamp": "2025-01-01T00:00:00.000Z", "called": 4}])
    assert store.read("uc", [HISTORY, CALLS], ["a"]) == {"a": {"paid": 1, "mean": 0.5, "called": 4}}


def test_use_cases_do_not_see_each_other(store: OnlineStore) -> None:
    store.write("uc", HISTORY, [row(1)])
    assert store.read("other", [HISTORY], ["a"])["a"]["paid"] is None


def test_times_come_in_any_form(store: OnlineStore) -> None:
    for moment, value in ((date(2025, 1, 1), 1), (datetime(2025, 1, 2), 2), ("2025-01-03T01:00:00+02:00", 3)):
        assert store.write("uc", HISTORY, [{**row(1, value), "event_timestamp": moment}]) == 1
    assert store.write("uc", HISTORY, [row(2, 9)]) == 0


def test_old_features_expire(store: OnlineStore) -> None:
    mortal = view("history", "paid", "mean", time_to_live_days=2)
    store.write("uc", mortal, [row(1)])
    for day, expected in ((3, 1), (4, None)):
        found = store.read("uc", [mortal], ["a"], at=f"2025-01-{day:02d}T00:00:00.000Z")
        assert found["a"]["paid"] == expected


def test_rows_are_enriched_in_their_order(store: OnlineStore) -> None:
    store.write("uc", HISTORY, [row(1, 1), row(1, 2, "b")])
    rows: list[dict[str, Any]] = [
        {"who": "b", "x": 1},
        {"who": None, "x": 2},
        {"x": 3},
        {"who": "a", "x": 4},
        {"who": "b", "x": 5},
    ]
    enriched = store.enrich("uc", [HISTORY], rows)
    assert [(found["x"], found["paid"]) for found in enriched] == [
        (1, 2),
        (2, None),
        (3, None),
        (4, 1),
        (5, 2),
    ]
    assert rows[0] == {"who": "b", "x": 1}


def test_many_entities_go_in_batches(store: OnlineStore) -> None:
    rows = [row(1, n, f"c{n}") for n in range(250)]
    assert store.write("uc", HISTORY, iter(rows)) == 250
    assert store.write("uc", HISTORY, rows) == 0
    assert paid(store, *[f"c{n}" for n in range(250)]) == list(range(250))


def test_writers_at_the_same_time_lose_nothing(store: OnlineStore) -> None:
    def write(day: int) -> None:
        store.write("uc", HISTORY, [row(day, day, f"c{n}") for n in range(5)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, [1, 4, 2, 3]))
    assert paid(store, *[f"c{n}" for n in range(5)]) == [4] * 5


def test_views_of_different_entities_cannot_be_read_at_once(store: OnlineStore) -> None:
    other = view("site_history", "visits", entity={"name": "site", "key": "site"})
    with pytest.raises(InvalidSpec, match="customer, site"):
        store.read("uc", [HISTORY, other], ["a"])


def test_a_batch_that_loses_a_race_stores_nothing(table: str) -> None:
    batches = DynamoBatches(boto3.client("dynamodb"), table)
    first, second = ({"pk": key, "sk": "features", "views": {}} for key in "ab")
    batches.put_many([(first, 0)])
    with pytest.raises(Conflict):
        batches.put_many([(second, 0), (first, 0)])
    assert set(batches.get_many([("a", "features"), ("b", "features")])) == {("a", "features")}


def test_a_batch_with_a_stale_revision_stores_nothing(table: str) -> None:
    batches = DynamoBatches(boto3.client("dynamodb"), table)
    item: dict[str, Any] = {"pk": "a", "sk": "features", "views": {"n": 1}}
    batches.put_many([(item, 0)])
    batches.put_many([({**item, "views": {"n": 2}}, 1)])
    with pytest.raises(Conflict):
        batches.put_many([({**item, "views": {"n": 3}}, 1)])
    assert batches.get_many([("a", "features")])["a", "features"] == {
        **item,
        "views": {"n": 2},
        "revision": 2,
    }
