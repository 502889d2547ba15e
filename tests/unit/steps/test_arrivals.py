"""Arrivals wait for approval, for their batch and for their turn; they can be replayed and repaired."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog import ContractStatus, Status
from penstock.errors import AlreadyDecided, NotFound, NotPermitted, SegregationOfDuties
from penstock.onboarding.gathering import Gathering
from penstock.onboarding.stewardship import Stewardship
from tests.unit.steps.conftest import use_case_document

PLACE = ("demo_case", "invoices")
HEADER = "id,customer,amount,day,late\n"
APPROVE = {"use_case": "demo_case", "dataset": "invoices", "decision": "approve", "reason": "reviewed"}


def rows(*ids: str, amount: float = 1.5) -> bytes:
    return (HEADER + "".join(f"{one},x,{amount},2026-01-01,0\n" for one in ids)).encode()


def with_contract(**changes: Any) -> list[dict[str, Any]]:
    invoices, payments = use_case_document()["datasets"]
    return [{**invoices, **changes}, payments]


class Bus:
    """What was announced."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, capability: str, event: str, detail: dict[str, Any]) -> None:
        self.told.append((event, detail))


class Runs:
    """Runs of the workflow: which have ended, and which were told to go on."""

    def __init__(self) -> None:
        self.ended: set[str] = set()
        self.told: list[str] = []

    def running(self, run: str) -> bool:
        return run not in self.ended

    def succeed(self, task_token: str, output: dict[str, Any]) -> None:
        self.told.append(task_token)


def event(world: Any, name: str, data: bytes, *, second: int = 0, folder: str = "") -> dict[str, Any]:
    key = f"demo_case/invoices/{folder}{name}"
    world.landing.write(key, data)
    thing = {"key": key, "size": len(data), "version-id": "v1", "sequencer": "00"}
    at = f"2026-03-01T12:00:{second:02d}Z"
    return {"time": at, "detail": {"bucket": {"name": "landing"}, "object": thing}}


def onboard(world: Any, landed: dict[str, Any], execution: str) -> dict[str, Any]:
    steps = world.onboarding()
    admitted = steps.admit(landed, execution, f"arn:{execution}")
    done: dict[str, Any] = steps.commit(steps.process(admitted))
    steps.leave(done, Runs())
    return done


def stewardship(world: Any, bus: Bus) -> Stewardship:
    return Stewardship(world.catalog, world.audit, world.clock, bus)


def gathered(world: Any, request: dict[str, Any], name: str = "g1") -> list[dict[str, Any]]:
    found = Gathering(world.catalog).gather(request, name)
    return [onboard(world, one, f"{name}-{place}") for place, one in enumerate(found["items"])]


def test_nothing_flows_before_another_person_has_approved(world: Any) -> None:
    world.register(datasets=with_contract(classification="confidential"))
    waits = world.onboarding().admit(event(world, "a.csv", rows("a")), "e1")
    assert (waits["route"], waits["due"]) == ("waiting", False)
    arrival = world.catalog.arrival(*PLACE, waits["arrival_id"])
    assert (arrival.status, arrival.waiting_for) == (Status.WAITING, "approval")
    due = {"use_case": "demo_case", "dataset": "invoices"}
    assert gathered(world, due) == []
    bus = Bus()
    with pytest.raises(SegregationOfDuties):
        stewardship(world, bus).decide(APPROVE, "dana", is_approver=True)
    with pytest.raises(NotPermitted):
        stewardship(world, bus).decide(APPROVE, "sam", is_approver=False)
    assert bus.told == []
    decided = stewardship(world, bus).decide(APPROVE, "priya", is_approver=True)
    assert (decided["status"], decided["in_force"], decided["decided_by"]) == ("approved", True, "priya")
    assert bus.told == [("Arrivals Due", {**due, "wait_seconds": 0})]
    (done,) = gathered(world, bus.told[0][1])
    assert (done["outcome"], done["announce"]) == ("accepted", False)
    assert world.catalog.arrival(*PLACE, arrival.id).status is Status.ACCEPTED
    assert gathered(world, due) == []
    with pytest.raises(AlreadyDecided):
        stewardship(world, bus).decide(APPROVE, "priya", is_approver=True)
    assert [one for one in world.actions() if "contract" in one or "refused" in one] == [
        "own approval refused", "approval refused", "contract approved",
    ]  # fmt: skip


def test_the_approved_contract_stays_in_force_until_the_changed_one_is_approved(world: Any) -> None:
    datasets = with_contract(classification="confidential")
    world.register(datasets=datasets)
    bus = Bus()
    stewardship(world, bus).decide(APPROVE, "priya", is_approver=True)
    loosened = with_contract(classification="confidential", rules=[])
    world.register(datasets=loosened)
    history = world.catalog.contracts.history(*PLACE)
    assert [(one.number, one.status, one.in_force) for one in history] == [
        (1, ContractStatus.APPROVED, True), (2, ContractStatus.REGISTERED, False),
    ]  # fmt: skip
    assert "rule removed or changed" in history[1].changes[0]
    negative = rows("a", "b", amount=-1) + rows("c")[len(HEADER) :] + rows("d")[len(HEADER) :]
    assert onboard(world, event(world, "a.csv", negative), "e1")["rows_quarantined"] == 2
    stewardship(world, bus).decide({**APPROVE, "decision": "reject"}, "priya", is_approver=True)
    assert world.catalog.contracts.in_force(*PLACE).number == 1
    world.register(datasets=with_contract(classification="confidential", description="All invoices"))
    latest = world.catalog.contracts.history(*PLACE)[-1]
    assert (latest.decided_by, latest.in_force) == ("policy", True)


def test_a_batch_is_due_at_its_number_of_files_or_its_minutes(world: Any) -> None:
    world.register(datasets=with_contract(trigger={"kind": "batch", "files": 3, "minutes": 10}))
    steps = world.onboarding()
    told = [
        steps.admit(event(world, f"{name}.csv", rows(name), second=second), f"e{name}")
        for second, name in enumerate("abc")
    ]
    assert [(one["due"], one["wait_seconds"]) for one in told] == [(True, 600), (False, 0), (True, 0)]
    done = gathered(world, {"use_case": "demo_case", "dataset": "invoices"})
    assert [one["outcome"] for one in done] == ["accepted"] * 3
    ids = [one["arrival_id"] for one in told]
    assert list(world.catalog.head(*PLACE).arrivals) == ids
    later = steps.admit(event(world, "d.csv", rows("d"), second=9), "ed")
    assert (later["due"], later["wait_seconds"]) == (True, 600)


def test_arrivals_of_a_partition_are_committed_as_they_landed_others_side_by_side(world: Any) -> None:
    world.register()
    steps, runs = world.onboarding(), Runs()
    landed = {
        "second": event(world, "b.csv", rows("b"), second=2),
        "first": event(world, "a.csv", rows("a"), second=1),
        "other": event(world, "o.csv", rows("o"), second=1, folder="month=2026-01/"),
    }
    admitted = {name: steps.admit(one, name, f"arn:{name}") for name, one in landed.items()}
    asked = {name: steps.await_turn(one, f"token-{name}", runs, runs) for name, one in admitted.items()}
    assert (asked["second"]["granted"], asked["first"]["granted"], asked["other"]["granted"]) == (
        False, True, True,
    )  # fmt: skip
    assert asked["second"]["ahead"] == [admitted["first"]["arrival_id"]]
    steps.leave(steps.commit(steps.process(admitted["first"])), runs)
    assert runs.told == ["token-first", "token-other", "token-second"]
    steps.leave(steps.commit(steps.process(admitted["second"])), runs)
    order = list(world.catalog.head(*PLACE).arrivals)
    assert order == [admitted["first"]["arrival_id"], admitted["second"]["arrival_id"]]


def test_a_run_that_ended_without_a_result_is_not_waited_for_and_the_gap_is_recorded(world: Any) -> None:
    world.register()
    steps, runs = world.onboarding(), Runs()
    stuck = steps.admit(event(world, "a.csv", rows("a"), second=1), "stuck", "arn:stuck")
    late = steps.admit(event(world, "b.csv", rows("b"), second=2), "e2", "arn:e2")
    assert not steps.await_turn(late, "t", runs, runs)["granted"]
    runs.ended.add("arn:stuck")
    assert steps.await_turn(late, "t2", runs, runs)["granted"]
    steps.commit(steps.process(late))
    assert world.catalog.arrival(*PLACE, late["arrival_id"]).skipped == (stuck["arrival_id"],)
    steps.commit(steps.process(stuck))
    assert world.catalog.arrival(*PLACE, stuck["arrival_id"]).late_after == late["arrival_id"]
    assert len(world.catalog.head(*PLACE).arrivals) == 2


def test_a_replay_with_the_same_contract_equals_the_first_run(world: Any) -> None:
    world.register()
    first = onboard(world, event(world, "a.csv", rows("a", "b")), "e1")
    before, bus = world.catalog.head(*PLACE), Bus()
    asked = stewardship(world, bus).replay({**APPROVE, "arrivals": [first["arrival_id"]]}, "dana")
    assert asked["arrivals"] == [first["arrival_id"]]
    (again,) = gathered(world, bus.told[0][1])
    arrival = world.catalog.arrival(*PLACE, again["arrival_id"])
    assert (arrival.replay_of, arrival.same_rows, arrival.status) == (
        first["arrival_id"], True, Status.DUPLICATE,
    )  # fmt: skip
    assert world.catalog.head(*PLACE) == before


def test_a_replay_with_a_changed_contract_takes_the_place_of_the_first_run(world: Any) -> None:
    world.register()
    data = rows("a", "b") + rows("c", amount=-5)[len(HEADER) :]
    first = onboard(world, event(world, "a.csv", data), "e1")
    assert first["rows_curated"] == 2
    world.register(datasets=with_contract(rules=[]))
    bus = Bus()
    stewardship(world, bus).replay({**APPROVE, "since": "2026-03-01", "until": "2026-03-02"}, "dana")
    (again,) = gathered(world, bus.told[0][1])
    assert (again["outcome"], again["rows_curated"]) == ("accepted", 3)
    head = world.catalog.head(*PLACE)
    assert (head.rows, list(head.arrivals)) == (3, [again["arrival_id"]])
    assert again["snapshot_id"] == head.id
    arrival = world.catalog.arrival(*PLACE, again["arrival_id"])
    assert (arrival.same_rows, arrival.contract) == (False, 2)
    with pytest.raises(NotFound):
        stewardship(world, bus).replay({**APPROVE, "arrivals": [again["arrival_id"]]}, "dana")


def test_repaired_rows_are_a_child_of_the_arrival_that_they_come_from(world: Any) -> None:
    world.register()
    first = onboard(world, event(world, "a.csv", rows("a") + rows("b", amount=-1)[len(HEADER) :]), "e1")
    name = f"a.repair-{first['arrival_id']}.csv"
    fixed = onboard(world, event(world, name, rows("b"), second=5), "e2")
    assert world.catalog.arrival(*PLACE, fixed["arrival_id"]).repairs == first["arrival_id"]
    assert world.catalog.head(*PLACE).rows == 2


def test_many_are_gathered_in_passes_and_runs(world: Any) -> None:
    world.register(datasets=with_contract(trigger={"kind": "schedule", "expression": "rate(1 hour)"}))
    steps = world.onboarding()
    for second in range(55):
        steps.admit(event(world, f"{second}.csv", rows(str(second)), second=second), f"e{second}")
    found = Gathering(world.catalog).gather({"use_case": "demo_case", "dataset": "invoices"}, "g")
    assert (len(found["items"]), found["next"], found["request"]["passes"]) == (50, "pass", 1)
    # They still wait, and are not taken again: what does not move on cannot keep the workflow running.
    rest = Gathering(world.catalog).gather(found["request"], "g")
    assert (len(rest["items"]), rest["next"]) == (5, "none")
    anew = {"use_case": "demo_case", "dataset": "invoices", "passes": 19}
    last = Gathering(world.catalog).gather(anew, "g")
    assert (last["next"], last["request"]["passes"]) == ("run", 0)


def test_one_that_failed_while_it_waited_waits_again_when_its_event_is_repeated(world: Any) -> None:
    world.register(datasets=with_contract(classification="confidential"))
    steps, landed = world.onboarding(), event(world, "a.csv", rows("a"))
    waits = steps.admit(landed, "e1")
    steps.refuse(landed, {"Error": "States.Timeout", "Cause": "the bus did not answer"}, "e1")
    assert world.catalog.arrival(*PLACE, waits["arrival_id"]).status is Status.FAILED
    assert steps.admit(landed, "e2")["route"] == "waiting"
    assert world.catalog.arrival(*PLACE, waits["arrival_id"]).status is Status.WAITING
