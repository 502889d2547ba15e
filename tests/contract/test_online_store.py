"""The online store on each kind of table."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import numpy as np
import pyarrow as pa
import pytest

from penstock.errors import Conflict, InvalidSpec
from penstock.features import (
    CorruptFeatures,
    DynamoEntities,
    Layout,
    MemoryEntities,
    OnlineStore,
    UnstorableFeatures,
    Written,
    reconcile,
)
from penstock.features.online.entities import Change, EntityTable, Stored

MADE = datetime(2025, 2, 1, tzinfo=UTC)
HISTORY = Layout("history", 1, "customer", "who", (("paid", "integer"), ("mean", "decimal")))
CALLS = Layout("calls", 1, "customer", "who", (("called", "integer"), ("last", "string")))


def row(day: int, paid: int | None = 1, who: str = "a", **more: Any) -> dict[str, Any]:
    return {"who": who, "event_timestamp": f"2025-01-{day:02d}T00:00:00Z", "paid": paid, "mean": 0.5, **more}


@pytest.fixture(params=["memory", "dynamodb"])
def entities(request: pytest.FixtureRequest) -> EntityTable:
    if request.param == "memory":
        return MemoryEntities()
    table = request.getfixturevalue("table")
    return DynamoEntities(boto3.client("dynamodb"), table, pause=0.001)


@pytest.fixture
def store(entities: EntityTable) -> OnlineStore:
    return OnlineStore(entities, now=lambda: MADE)


def write(
    store: OnlineStore, *rows: dict[str, Any], layout: Layout = HISTORY, at: datetime = MADE
) -> Written:
    return store.write("uc", {layout: rows}, write_time=at)


def paid(store: OnlineStore, *keys: str) -> list[Any]:
    return store.read("uc", [HISTORY], keys, consistent=True).columns["paid"]


def test_the_newest_features_can_be_read(store: OnlineStore) -> None:
    assert write(store, row(1), row(2, 2, "b"), row(3, None, "größe #1")) == Written(3, 3, 0)
    found = store.read("uc", [HISTORY], ["b", "nobody", "größe #1"])
    assert found.by_key() == {
        "b": {"paid": 2, "mean": 0.5},
        "nobody": {"paid": None, "mean": None},
        "größe #1": {"paid": None, "mean": 0.5},
    }
    assert found.statuses == {"history": ("found", "missing", "found")}


def test_late_data_never_overwrites_newer(store: OnlineStore) -> None:
    write(store, row(2, 2))
    assert write(store, row(1, 1), at=MADE + timedelta(days=1)) == Written(1, 0, 1)
    assert paid(store, "a") == [2]
    assert write(store, row(3, 3)).changed == 1
    assert paid(store, "a") == [3]


def test_at_the_same_moment_the_later_write_wins(store: OnlineStore) -> None:
    write(store, row(2, 7))
    assert write(store, row(2, 2), at=MADE - timedelta(seconds=1)) == Written(1, 0, 1)
    assert paid(store, "a") == [7]
    assert write(store, row(2, 9), at=MADE + timedelta(microseconds=1)).changed == 1
    assert paid(store, "a") == [9]


def test_within_a_call_the_newest_row_wins_too(store: OnlineStore) -> None:
    assert write(store, row(1, 1), row(3, 3), row(2, 2)) == Written(1, 1, 0)
    assert paid(store, "a") == [3]


def test_a_repeat_changes_nothing_and_a_correction_does(store: OnlineStore) -> None:
    write(store, row(2, 2))
    assert write(store, row(2, 2)).changed == 0
    assert write(store, row(2, 2), at=MADE + timedelta(days=1)).changed == 0
    assert write(store, row(2, 7)).changed == 1
    assert paid(store, "a") == [7]


def test_views_of_an_entity_are_written_and_read_at_once(store: OnlineStore, entities: EntityTable) -> None:
    calls = {"who": "a", "event_timestamp": "2025-01-01", "called": 4, "last": "spät"}
    assert store.write("uc", {HISTORY: [row(5)], CALLS: [calls]}, write_time=MADE) == Written(1, 1, 0)
    assert store.read("uc", [HISTORY, CALLS], ["a"]).rows() == [
        {"paid": 1, "mean": 0.5, "called": 4, "last": "spät"}
    ]
    assert entities.get_many(["uc#customer#a"], consistent=True)["uc#customer#a"].revision == 1


def test_a_view_is_added_to_what_is_there(store: OnlineStore) -> None:
    write(store, row(5))
    write(store, {"who": "a", "event_timestamp": "2025-01-01", "called": 4, "last": None}, layout=CALLS)
    assert store.read("uc", [CALLS, HISTORY], ["a"]).rows() == [
        {"called": 4, "last": None, "paid": 1, "mean": 0.5}
    ]


def test_versions_of_a_view_live_side_by_side_and_are_never_misread(store: OnlineStore) -> None:
    second = Layout("history", 2, "customer", "who", (("paid", "decimal"), ("mean", "decimal")))
    write(store, row(1, 1))
    write(store, row(1, 2), layout=second)
    assert store.read("uc", [HISTORY], ["a"]).columns["paid"] == [1]
    assert store.read("uc", [second], ["a"]).columns["paid"] == [2.0]
    third = Layout("history", 3, "customer", "who", HISTORY.features)
    assert store.read("uc", [third], ["a"]).statuses == {"history": ("missing",)}


def test_another_type_in_the_same_version_replaces_the_bytes(
    store: OnlineStore, entities: EntityTable
) -> None:
    write(store, row(1, 1))
    other = Layout("history", 1, "customer", "who", (("paid", "decimal"), ("mean", "decimal")))
    write(store, row(1, 2), layout=other)
    assert store.read("uc", [HISTORY], ["a"]).statuses == {"history": ("missing",)}
    assert entities.get_many(["uc#customer#a"], consistent=True)["uc#customer#a"].packed[2] == 1


def test_use_cases_do_not_see_each_other(store: OnlineStore) -> None:
    write(store, row(1))
    assert store.read("other", [HISTORY], ["a"]).columns["paid"] == [None]


def test_times_come_in_any_form(store: OnlineStore) -> None:
    for moment, value in ((date(2025, 1, 1), 1), (datetime(2025, 1, 2), 2), ("2025-01-03T01:00:00+02:00", 3)):
        assert write(store, {**row(1, value), "event_timestamp": moment}).changed == 1
    assert write(store, row(2, 9)).late == 1


def test_old_features_expire(store: OnlineStore, entities: EntityTable) -> None:
    mortal = Layout("history", 1, "customer", "who", HISTORY.features, time_to_live_days=2)
    write(store, row(1), layout=mortal)
    for day, expected in ((3, 1), (4, None)):
        found = store.read("uc", [mortal], ["a"], at=datetime(2025, 1, day))
        assert found.columns["paid"] == [expected]
    assert found.statuses == {"history": ("expired",)}
    both = store.read("uc", [mortal], ["a", "a"], at=[datetime(2025, 1, 3), datetime(2025, 1, 4)])
    assert both.columns["paid"] == [1, None]
    if isinstance(entities, MemoryEntities):
        assert entities.expiries["uc#customer#a"] == datetime(2025, 1, 3, 0, 0, 1, tzinfo=UTC).timestamp()


def test_an_item_lives_as_long_as_its_longest_view(store: OnlineStore, entities: EntityTable) -> None:
    write(
        store, row(1), layout=Layout("history", 1, "customer", "who", HISTORY.features, time_to_live_days=2)
    )
    write(store, {"who": "a", "event_timestamp": "2025-01-01", "called": 4, "last": ""}, layout=CALLS)
    if isinstance(entities, MemoryEntities):
        assert entities.expiries["uc#customer#a"] is None


def test_many_entities_go_in_batches_whatever_their_order(store: OnlineStore) -> None:
    rows = [row(1 + n % 3, n, f"c{n * 37 % 250}") for n in range(250)]
    assert write(store, *rows) == Written(250, 250, 0)
    assert write(store, *reversed(rows)) == Written(250, 0, 0)
    assert paid(store, *[f"c{n * 37 % 250}" for n in range(250)]) == list(range(250))


def test_rows_of_an_entity_that_lie_far_apart_are_one(store: OnlineStore) -> None:
    count = 4_500
    keys = [f"c{n % 2_250}" for n in range(count)]
    table = pa.table({
        "who": keys, "event_timestamp": pa.array(np.arange(count), pa.timestamp("us")),
        "paid": np.arange(count), "mean": np.zeros(count),
    })  # fmt: skip
    memory = OnlineStore(MemoryEntities(), now=lambda: MADE)
    assert memory.write("uc", {HISTORY: table}, write_time=MADE) == Written(2_250, 2_250, 0)
    assert paid(memory, "c0", "c2249") == [2_250, 4_499]


def test_writers_at_the_same_time_lose_nothing(store: OnlineStore) -> None:
    def one(day: int) -> None:
        layout, made = (HISTORY, row(day, day)) if day % 2 else (CALLS, {"called": day, "last": "x"})
        keys = [f"c{n}" for n in range(5)]
        write(store, *[{**row(day), **made, "who": key} for key in keys], layout=layout)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, [1, 4, 5, 2, 3, 6]))
    found = store.read("uc", [HISTORY, CALLS], [f"c{n}" for n in range(5)])
    assert found.columns["paid"] == [5] * 5
    assert found.columns["called"] == [6] * 5


def test_views_of_different_entities_need_a_call_each(store: OnlineStore) -> None:
    other = Layout("visits", 1, "site", "site", (("visits", "integer"),))
    with pytest.raises(InvalidSpec, match="customer, site"):
        store.read("uc", [HISTORY, other], ["a"])


def test_a_deleted_row_is_gone_and_stays_so_until_a_newer_one_comes(store: OnlineStore) -> None:
    write(store, row(2, 2))
    write(store, row(2, None, is_deleted=True), at=MADE + timedelta(seconds=1))
    assert store.read("uc", [HISTORY], ["a"]).statuses == {"history": ("missing",)}
    assert write(store, row(1, 1)).late == 1
    assert write(store, row(3, 3, is_deleted=False)).changed == 1
    assert paid(store, "a") == [3]


def test_when_the_newest_row_is_deleted_the_one_before_it_counts_again(store: OnlineStore) -> None:
    write(store, row(2, 2), row(2, 2, "b"))
    later = MADE + timedelta(seconds=1)
    write(store, row(2, None, is_deleted=True), row(1, 1, is_deleted=False), at=later)
    write(store, row(2, None, "b", is_deleted=True), at=later)
    write(store, row(1, 1, "b"), at=later + timedelta(seconds=1))
    assert paid(store, "a", "b") == [1, 1]
    assert write(store, row(1, 1), at=later).changed == 0


def test_of_two_versions_of_a_row_in_a_call_the_later_counts(store: OnlineStore) -> None:
    versions = [row(2, 2, write_time=MADE + timedelta(days=n), is_deleted=n == 1) for n in (1, 0)]
    write(store, *versions, row(1, 1, write_time=MADE, is_deleted=False))
    assert paid(store, "a") == [1]


def test_an_entity_can_be_erased(store: OnlineStore) -> None:
    write(store, row(1), row(1, who="b"))
    assert store.erase("uc", "customer", "a")
    assert not store.erase("uc", "customer", "a")
    assert paid(store, "a", "b") == [None, 1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"who": None}, "no who"),
        ({"event_timestamp": None}, "no event_timestamp"),
        ({"who": "k" * 2_040}, "too long"),
        ({"event_timestamp": "2025-02-03"}, "of the future"),
        ({"paid": "many"}, "another type"),
        ({"paid": 2**63}, "another type"),
    ],
)
def test_rows_that_cannot_be_kept_are_refused_before_any_is(
    store: OnlineStore, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnstorableFeatures, match=message):
        write(store, row(1), {**row(1, who="b"), **wrong})
    assert paid(store, "a") == [None]


def test_features_larger_than_an_item_are_refused_by_name(store: OnlineStore) -> None:
    long = {"who": "b", "event_timestamp": "2025-01-01", "called": 1, "last": "x" * 409_600}
    with pytest.raises(UnstorableFeatures, match="'b'"):
        write(store, {**long, "who": "a", "last": ""}, long, layout=CALLS)
    assert store.read("uc", [CALLS], ["a"]).statuses == {"calls": ("missing",)}


def test_views_that_are_too_large_together_are_refused(store: OnlineStore) -> None:
    other = Layout("more", 1, "customer", "who", (("text", "string"),))
    half = {
        "who": "a",
        "event_timestamp": "2025-01-01",
        "called": 1,
        "last": "x" * 250_000,
        "text": "y" * 250_000,
    }
    write(store, half, layout=CALLS)
    with pytest.raises(UnstorableFeatures, match="uc#customer#a"):
        write(store, half, layout=other)


def test_keys_that_nothing_can_be_stored_under_are_missing_not_fatal(store: OnlineStore) -> None:
    write(store, row(1), row(1, 5, "7"))
    found = store.read("uc", [HISTORY], ["a", None, "k" * 3_000, "\ud800", 7, 7.0, 7.5, True])
    assert found.columns["paid"] == [1, None, None, None, 5, 5, None, None]


def test_an_item_that_somebody_broke_is_told_by_name(store: OnlineStore, entities: EntityTable) -> None:
    write(store, row(1), row(1, who="b"))
    known = entities.get_many(["uc#customer#a"], consistent=True)["uc#customer#a"]
    broken = known.packed[:-1] + bytes([known.packed[-1] ^ 1])
    entities.put_many([Change("uc#customer#a", broken, known.revision)])
    with pytest.raises(CorruptFeatures, match="customer 'a'"):
        store.read("uc", [HISTORY], ["b", "a"])


def test_stores_are_reconciled(store: OnlineStore) -> None:
    write(store, row(1), row(2, who="b"), row(3, who="c"), row(1, 9, who="d"))
    offline = [row(1), row(3, who="b"), row(2, who="c"), row(1, who="d"), row(1, who="e")]
    found = reconcile(store, "uc", HISTORY, offline)
    assert found.counts == {"same": 1, "missing": 1, "stale": 1, "newer": 1, "different": 1}
    assert found.examples["missing"] == ["e: offline 2025-01-01T00:00:00+00:00, online nothing"]
    assert not found.agrees


def test_a_change_that_loses_its_race_alone_is_not_stored(entities: EntityTable) -> None:
    assert entities.put_many([Change("b", b"1", 0)]) == set()
    assert entities.put_many([Change("a", b"1", 0), Change("b", b"2", 0), Change("c", b"1", 0, 99)]) == {"b"}
    assert entities.put_many([Change("a", b"2", 1), Change("b", b"3", 7)]) == {"b"}
    found = entities.get_many(["a", "b", "c", "d"], consistent=True)
    assert found == {"a": Stored(b"2", 2), "b": Stored(b"1", 1), "c": Stored(b"1", 1)}


def test_who_never_wins_a_race_is_told(store: OnlineStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.features.online.store.time.sleep", lambda _: None)
    monkeypatch.setattr(type(store._table), "put_many", lambda _, changes: {one.key for one in changes})
    with pytest.raises(Conflict, match="1 entities"):
        write(store, row(1))
