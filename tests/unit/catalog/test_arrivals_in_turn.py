"""Turns of a partition, timers of batches and schedules of datasets."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog import Arrival, Catalog, LandedObject
from penstock.catalog.batches import Batches
from penstock.catalog.turns import Turns
from penstock.onboarding.schedules import Schedules, schedule_name
from penstock.specs import parse_use_case
from penstock.specs.contract import Trigger
from penstock.stores import MemoryItems
from tests.unit.steps.conftest import use_case_document


def arrival(name: str, second: int, *, partition: str = "", sequencer: str = "") -> Arrival:
    landed = LandedObject(bucket="landing", key=f"uc/ds/{name}", version=f"{second}{sequencer}", size=1)
    return Arrival(
        id=f"{name}{sequencer}", use_case="uc", dataset="ds", file_name=name, object=landed,
        partition=partition, landed_at=f"2026-01-01T00:00:{second:02d}Z", sequencer=sequencer,
        received_at="2026-01-01T00:01:00.000Z", updated_at="2026-01-01T00:01:00.000Z",
    )  # fmt: skip


def under_way(run: str) -> bool:
    return True


def test_versions_of_one_key_in_one_second_are_ordered_by_their_sequencer() -> None:
    later, first = (
        arrival("a", 1, sequencer="0062E99A88DC407460"),
        arrival("a", 1, sequencer="0062E99A88DC4074"),
    )
    assert first.order < later.order < arrival("a", 2).order


def test_one_that_comes_late_does_not_overtake_one_that_was_let_go() -> None:
    turns = Turns(MemoryItems())
    early, late = arrival("a", 1), arrival("b", 2)
    turns.enter(late, run="b")
    assert turns.ask(late, token="b", running=under_way).granted
    turns.enter(early, run="a")
    assert turns.ask(early, token="a", running=under_way).ahead == ("b",)
    assert turns.leave(late) == "a"
    assert turns.committed(late) is None
    assert turns.committed(early) == "b"
    assert turns.committed(late) is None


def test_a_repeated_step_changes_nothing() -> None:
    turns, one = Turns(MemoryItems()), arrival("a", 1)
    for _ in range(2):
        turns.enter(one, run="a")
        assert turns.ask(one, token="a", running=under_way).granted
    assert [turns.leave(one) for _ in range(2)] == [None, None]


def test_partitions_do_not_wait_for_each_other() -> None:
    turns = Turns(MemoryItems())
    turns.enter(arrival("a", 1, partition="month=1"), run="a")
    other = arrival("b", 2, partition="month=2")
    turns.enter(other, run="b")
    assert turns.ask(other, token="b", running=under_way).granted


@pytest.mark.parametrize("minute", [0, 9])
def test_one_timer_is_set_for_a_batch(minute: int) -> None:
    batches, trigger = Batches(MemoryItems()), Trigger(kind="batch", minutes=10)
    assert batches.wait(arrival("a", 1), trigger, 1, "2026-01-01T00:00:00.000Z") == 600
    at = f"2026-01-01T00:0{minute}:00.000Z"
    assert batches.wait(arrival("b", 2), trigger, 2, at) is None
    # The same step again sets it again, should its first answer have been lost.
    assert batches.wait(arrival("a", 1), trigger, 2, at) == 600
    batches.gathered("uc", "ds")
    assert batches.wait(arrival("c", 3), trigger, 1, at) == 600


def test_a_timer_that_was_lost_is_set_again() -> None:
    batches, trigger = Batches(MemoryItems()), Trigger(kind="batch", minutes=10, files=50)
    assert batches.wait(arrival("a", 1), trigger, 1, "2026-01-01T00:00:00.000Z") == 600
    assert batches.wait(arrival("b", 2), trigger, 2, "2026-01-01T00:21:00.000Z") == 600


class Scheduler:
    """Schedules by name."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def put(self, name: str, expression: str, detail: dict[str, Any]) -> None:
        self.kept[name] = expression

    def delete(self, name: str) -> None:
        self.kept.pop(name, None)


def test_schedules_are_those_of_the_contracts() -> None:
    items, scheduler = MemoryItems(), Scheduler()
    catalog = Catalog(items)
    schedules = Schedules(catalog, items, scheduler)

    def keep(**trigger: Any) -> dict[str, str]:
        document = use_case_document()
        document["datasets"][0]["trigger"] = trigger
        catalog.register(parse_use_case(document, where="test"), by="dana", at="2026-01-01")
        return schedules.keep("demo_case")

    name = schedule_name("demo_case", "invoices")
    assert keep(kind="schedule", expression="rate(6 hours)") == {"invoices": "rate(6 hours)"}
    assert scheduler.kept == {name: "rate(6 hours)"}
    keep(kind="schedule", expression="cron(0 6 * * ? *)")
    assert scheduler.kept == {name: "cron(0 6 * * ? *)"}
    assert keep(kind="event") == {}
    assert scheduler.kept == {}
