"""Contracts are approved before files flow; files are batched, replayed and repaired, as deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Status
from penstock.cli import stewarding
from penstock.errors import NotPermitted, SegregationOfDuties
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.use_cases import as_csv, rows
from tests.end_to_end.platform.world import Landed, World, eventually

MODEL = use_cases.model(train_after_arrivals=use_cases.NEVER)
DECISION = {"dataset": "readings", "decision": "approve", "reason": "reviewed"}


def register(world: World, name: str, **contract: Any) -> None:
    document = use_cases.document(name, model=MODEL, datasets=[use_cases.contract(**contract)])
    world.register(document)


def accepted(world: World, landed: Landed) -> Any:
    def settled() -> Any:
        found = world.arrival(landed)
        return found if found and found.snapshot_id else None

    return eventually(settled, f"{landed.object.key} to be curated", seconds=120)


def test_a_file_waits_until_another_person_has_approved_the_contract(world: World) -> None:
    register(world, "guarded", classification="restricted")
    landed = world.land("guarded", "early.csv", as_csv(rows(20, prefix="E")))
    waiting = eventually(lambda: world.arrival(landed), "the file to wait")
    assert (waiting.status, waiting.waiting_for) == (Status.WAITING, "approval")
    decision = {"use_case": "guarded", **DECISION}
    with pytest.raises(SegregationOfDuties):
        world.dana.call("decide_contract", decision)
    with pytest.raises(NotPermitted):
        world.engineer.call("decide_contract", decision)
    assert world.priya.call("decide_contract", decision)["in_force"]
    assert accepted(world, landed).status is Status.ACCEPTED
    assert {"arrival waits", "own approval refused", "contract approved"} <= set(world.actions("guarded"))


def test_a_batch_is_onboarded_together_in_order_and_announced_once(world: World) -> None:
    register(world, "batched", trigger={"kind": "batch", "files": 3})
    landed = [
        world.land("batched", f"{name}.csv", as_csv(rows(10, prefix=name)), dataset="readings")
        for name in ("A", "B", "C")
    ]
    arrivals = [accepted(world, one) for one in landed]
    head = world.catalog.head("batched", "readings")
    assert head is not None
    assert list(head.arrivals) == [one.id for one in arrivals]
    run = world.ended_run("gathering", '"batched"')
    assert run["status"] == "SUCCEEDED"
    assert world.entered(run["executionArn"]).count("PublishReady") == 1


def test_a_replay_equals_the_first_run_and_repaired_rows_come_back(world: World, tmp_path: Path) -> None:
    register(world, "replayed")
    lines = rows(20, prefix="R")
    lines[3][-1] = "7"
    first = world.onboard("replayed", "may.csv", as_csv(lines))
    assert (first.rows_curated, first.rows_quarantined) == (19, 1)
    request = {"use_case": "replayed", "dataset": "readings", "arrivals": [first.id], "reason": "test"}
    assert world.dana.call("replay_arrivals", request)["arrivals"] == [first.id]

    def replay() -> Any:
        every = world.catalog.arrivals("replayed", "readings")
        return next((one for one in every if one.replay_of == first.id and one.same_rows is not None), None)

    again = eventually(replay, "the replay", seconds=120)
    assert (again.same_rows, again.duplicate_of) == (True, first.id)
    bad = tmp_path / "bad.csv"
    place = ("replayed", "readings", first.id)
    assert stewarding.export_quarantine(world.dana, *place, bad) == 1
    bad.write_text(bad.read_text().replace(",7\n", ",1\n"))
    key = stewarding.repair(world.dana, *place, bad)

    def child() -> Any:
        every = world.catalog.arrivals("replayed", "readings")
        return next((one for one in every if one.repairs == first.id and one.snapshot_id), None)

    assert eventually(child, f"{key} to be curated").rows_curated == 1
    head = world.catalog.latest("replayed", "readings")
    assert head is not None
    assert head.rows == 20


def test_a_dataset_with_a_schedule_has_one_until_it_is_dropped(world: World) -> None:
    register(world, "timed", trigger={"kind": "schedule", "expression": "rate(1 minute)"})
    scheduler = world.aws("scheduler")

    def schedules() -> list[str]:
        found = scheduler.list_schedules(GroupName="penstock-dev")["Schedules"]
        return [one["Name"] for one in found if one["Name"].startswith("timed.")]

    assert eventually(schedules, "the schedule")
    landed = world.land("timed", "may.csv", as_csv(rows(10, prefix="T")))
    assert accepted(world, landed).status is Status.ACCEPTED
    register(world, "timed")
    eventually(lambda: not schedules(), "the schedule to be gone")


def test_a_gathered_arrival_that_fails_does_not_stop_the_others(world: World) -> None:
    register(world, "hindered")
    first = world.onboard("hindered", "may.csv", as_csv(rows(10, prefix="H")))
    request = {"use_case": "hindered", "dataset": "readings", "arrivals": [first.id], "reason": "test"}
    with world.without_permission("OnboardingProcess", "s3:PutObject"):
        world.dana.call("replay_arrivals", request)
        run = world.ended_run("gathering", '"hindered"')
    assert run["status"] == "SUCCEEDED"
    assert {"GoesOn", "ByRest", "Done"} <= set(world.entered(run["executionArn"]))
    replay = next(one for one in world.catalog.arrivals("hindered", "readings") if one.replay_of == first.id)
    assert replay.status is Status.FAILED


def test_a_gathering_that_cannot_be_done_is_told(world: World) -> None:
    run = world.run("gathering", {"detail": {"wait_seconds": 0, "use_case": "hindered"}})
    assert (run["status"], run["error"]) == ("FAILED", "GatheringFailed")
    assert world.inbox.told("gathering arrivals failed")
