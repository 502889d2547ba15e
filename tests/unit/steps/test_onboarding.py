"""A file's way through admit, process and commit, or to its refusal; each step may run twice."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from penstock.catalog import Status
from penstock.errors import Conflict, EmptyFile, NotFound, UnregisteredDataset
from penstock.onboarding.steps import UNREGISTERED
from penstock.platform.failures import is_refusal, read_failure

GOOD = b"id,customer,amount,day,late\na,x,1.5,2026-01-01,0\nb,y,-1,2026-01-02,3\nc,y,2.5,2026-01-03,1\n"
OTHER = GOOD.replace(b"a,x", b"d,x")
PLACE = ("demo_case", "invoices")


def landed(
    world: Any, data: bytes = GOOD, key: str = "demo_case/invoices/may.csv", version: str = "v1"
) -> dict[str, Any]:
    world.landing.write(key, data)
    thing = {"key": key, "size": len(data), "version-id": version}
    return {"detail": {"bucket": {"name": "landing"}, "object": thing}}


def onboard(world: Any, event: dict[str, Any], execution: str = "e1") -> dict[str, Any]:
    steps = world.onboarding()
    done: dict[str, Any] = steps.commit(steps.process(steps.admit(event, execution)))
    return done


def test_a_file_becomes_a_snapshot_a_quarantine_a_partition_and_records(world: Any) -> None:
    world.register()
    done = onboard(world, landed(world))
    assert (done["outcome"], done["rows_in"], done["rows_curated"], done["rows_quarantined"]) == (
        "accepted",
        3,
        2,
        1,
    )
    head = world.catalog.head(*PLACE)
    assert done["snapshot_id"] == head.id
    path = world.folder / "lake" / head.parts[0].key
    assert duckdb.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall() == [(2,)]
    assert list(world.lake.keys(f"quarantine/demo_case/invoices/arrival={done['arrival_id']}/"))
    assert world.tables.partitions == {"demo_case__invoices": [done["arrival_id"]]}
    assert world.actions() == ["arrival received", "arrival accepted"]


def test_rules_and_rows_become_metrics_and_a_page(world: Any) -> None:
    world.register()
    done = onboard(world, landed(world))
    arrival, rules, *failed = world.onboarding().metrics(done)
    assert (arrival["rows_in"], arrival["accepted"]) == (3, 1)
    assert (rules["rows"], rules["rules_failed"]) == (3, len(failed))
    assert [line["broken_rows"] for line in failed] == [1]
    page = world.lake.read(f"reports/demo_case/invoices/{done['arrival_id']}/report.html")
    assert b"between" in page
    assert b"<script" not in page


def test_every_step_may_run_twice(world: Any) -> None:
    world.register()
    steps, event = world.onboarding(), landed(world)
    admitted = steps.admit(event, "e1")
    assert steps.admit(event, "e1") == admitted
    assert steps.process(admitted) == steps.process(admitted) == admitted
    assert steps.commit(admitted) == steps.commit(admitted)
    assert len(world.catalog.head(*PLACE).parts) == 1
    assert world.tables.partitions == {"demo_case__invoices": [admitted["arrival_id"]]}
    assert world.actions() == ["arrival received", "arrival accepted"]


@pytest.mark.parametrize("progress", ["admitted", "committed"])
def test_a_repeated_event_is_let_in_once(world: Any, progress: str) -> None:
    world.register()
    event = landed(world)
    world.onboarding().admit(event, "e1") if progress == "admitted" else onboard(world, event)
    assert world.onboarding().admit(event, "e2")["route"] == "repeated"
    assert len(world.catalog.arrivals(*PLACE)) == 1


def test_a_repeated_event_that_fails_leaves_the_arrival_alone(world: Any) -> None:
    world.register()
    event = landed(world)
    done = onboard(world, event)
    world.onboarding().refuse(event, {"Error": "Lambda.Unknown", "Cause": "timeout"}, "e2")
    assert world.catalog.arrival(*PLACE, done["arrival_id"]).status is Status.ACCEPTED
    assert world.actions() == ["arrival received", "arrival accepted"]


def test_the_same_rows_again_are_a_duplicate_that_sql_does_not_see_twice(world: Any) -> None:
    world.register()
    first = onboard(world, landed(world))
    steps = world.onboarding()
    admitted = steps.process(steps.admit(landed(world, key="demo_case/invoices/copy.csv"), "e2"))
    second = steps.commit(admitted)
    assert (second["outcome"], second["snapshot_id"]) == ("duplicate", first["snapshot_id"])
    assert steps.commit(admitted) == second
    assert world.tables.partitions == {"demo_case__invoices": [first["arrival_id"]]}
    assert world.catalog.arrival(*PLACE, second["arrival_id"]).status is Status.DUPLICATE
    refused = steps.refuse(
        landed(world, key="demo_case/invoices/copy.csv"), {"Error": "States.Timeout"}, "e2"
    )
    assert refused["outcome"] == "failed"
    assert world.catalog.arrival(*PLACE, second["arrival_id"]).status is Status.DUPLICATE


def test_new_rows_extend_the_dataset(world: Any) -> None:
    world.register()
    onboard(world, landed(world))
    onboard(world, landed(world, OTHER, "demo_case/invoices/june.csv"), "e2")
    assert world.catalog.head(*PLACE).rows == 4
    assert len(world.tables.partitions["demo_case__invoices"]) == 2


def test_a_failed_arrival_is_resumed_by_a_new_run_or_a_redriven_commit(world: Any) -> None:
    world.register()
    steps, event = world.onboarding(), landed(world)
    admitted = steps.process(steps.admit(event, "e1"))
    failed = steps.refuse(event, {"Error": "States.Timeout", "Cause": "too long"}, "e1")
    assert (failed["outcome"], failed["error"]) == ("failed", "States.Timeout")
    assert world.catalog.arrival(*PLACE, admitted["arrival_id"]).status is Status.FAILED
    assert steps.commit(admitted)["outcome"] == "accepted"
    again = landed(world, OTHER, "demo_case/invoices/june.csv")
    steps.admit(again, "e2")
    steps.refuse(again, {"Error": "States.Timeout"}, "e2")
    assert steps.admit(again, "e3")["route"] == "function"


@pytest.mark.parametrize(
    "key", ["stray.csv", "demo_case/nothing/a.csv", "nobody/invoices/a.csv", "demo_case/invoices/deep/a.csv"]
)
def test_a_strangers_file_is_refused_and_kept(world: Any, key: str) -> None:
    world.register()
    event = landed(world, key=key)
    with pytest.raises(UnregisteredDataset) as raised:
        world.onboarding().admit(event, "e1")
    failure = {"Error": "UnregisteredDataset", "Cause": json.dumps({"errorMessage": str(raised.value)})}
    refused = [world.onboarding().refuse(event, failure, "e1") for _ in range(2)]
    assert refused[0] == refused[1]
    assert (refused[0]["outcome"], refused[0]["use_case"]) == ("refused", UNREGISTERED)
    kept = list(world.lake.keys("refused/"))
    assert len(kept) == 1
    assert world.lake.read(kept[0]) == GOOD
    assert world.actions(UNREGISTERED) == ["arrival refused"]


def test_a_platform_failure_on_a_strangers_file_is_recorded_too(world: Any) -> None:
    failed = world.onboarding().refuse(landed(world, key="stray.csv"), {"Error": "Lambda.Unknown"}, "e1")
    assert (failed["outcome"], failed["dataset"]) == ("failed", UNREGISTERED)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "EmptyFile"),
        (b"id,customer,amount,day,late\n", "EmptyFile"),
        (b"id,customer\na,x\n", "SchemaMismatch"),
        (GOOD.replace(b"1.5", b"-1").replace(b"2.5", b"-2"), "TooManyBadRows"),
        (b"\xff\xfe\x00\x01" * 9, ""),
    ],
)
def test_a_bad_file_is_refused_whole_and_kept(world: Any, data: bytes, error: str) -> None:
    world.register()
    event, steps = landed(world, data), world.onboarding()
    admitted = steps.admit(event, "e1")
    with pytest.raises(Exception) as raised:
        steps.process(admitted)
    name = type(raised.value).__name__
    assert is_refusal(name)
    assert error in {"", name}
    failure = {"Error": name, "Cause": json.dumps({"errorType": name, "errorMessage": str(raised.value)})}
    refused = [steps.refuse(event, failure, "e1") for _ in range(2)]
    assert refused[0] == refused[1]
    assert (refused[0]["outcome"], refused[0]["error"]) == ("refused", name)
    arrival = world.catalog.arrival(*PLACE, admitted["arrival_id"])
    assert (arrival.status, arrival.error.name) == (Status.REFUSED, name)
    assert world.lake.read(f"refused/demo_case/invoices/{arrival.id}/may.csv") == data
    assert world.catalog.head(*PLACE) is None
    assert world.actions() == ["arrival received", "arrival refused"]


def test_a_refused_arrival_stays_refused(world: Any) -> None:
    world.register()
    event, steps = landed(world), world.onboarding()
    admitted = steps.process(steps.admit(event, "e1"))
    steps.refuse(event, {"Error": "EmptyFile", "Cause": "no rows"}, "e1")
    assert steps.admit(event, "e2")["route"] == "repeated"
    with pytest.raises(Conflict):
        steps.commit(admitted)


def test_a_large_file_goes_to_a_job_that_aws_would_take(world: Any, valid: Any) -> None:
    world.register()
    admitted = world.onboarding(large_bytes=10).admit(landed(world), "e1")
    assert admitted["route"] == "job"
    valid("sagemaker", "CreateProcessingJob", admitted["job"])
    sources = {
        source["InputName"]: source["S3Input"]["S3Uri"] for source in admitted["job"]["ProcessingInputs"]
    }
    request = json.loads(world.lake.read(sources["request"].removeprefix(f"{world.lake.uri}/")))
    assert (request["dataset"], request["arrival_id"]) == ("invoices", admitted["arrival_id"])
    assert world.lake.read(sources["file"].removeprefix(f"{world.lake.uri}/")) == GOOD


def test_a_platform_without_jobs_is_not_the_files_fault(world: Any) -> None:
    world.register()
    with pytest.raises(NotFound) as raised:
        world.onboarding(large_bytes=10, job=None).admit(landed(world), "e1")
    assert not is_refusal(type(raised.value).__name__)


@pytest.mark.parametrize(
    ("failure", "name", "message"),
    [
        ({"Error": "EmptyFile", "Cause": '{"errorMessage": "no rows"}'}, "EmptyFile", "no rows"),
        (
            {"Error": "States.TaskFailed", "Cause": '{"ExitMessage": "SchemaMismatch: a: b"}'},
            "SchemaMismatch",
            "a: b",
        ),
        (
            {
                "Error": "States.TaskFailed",
                "Cause": '{"FailureReason": "AlgorithmError: TrainingRefused: one class"}',
            },
            "TrainingRefused",
            "one class",
        ),
        (
            {"Error": "States.TaskFailed", "Cause": '{"FailureReason": "CapacityError: none left"}'},
            "States.TaskFailed",
            "CapacityError: none left",
        ),
        (
            {"Error": "States.TaskFailed", "Cause": '{"ExitMessage": "annotations: x"}'},
            "States.TaskFailed",
            "annotations: x",
        ),
        ({"Error": "States.Timeout"}, "States.Timeout", ""),
        ({"Error": "X", "Cause": "plain words"}, "X", "plain words"),
        ({"Error": "X", "Cause": "[1, 2]"}, "X", "[1, 2]"),
        ({}, "Unknown", ""),
    ],
)
def test_failures_are_read_in_every_shape(failure: dict[str, str], name: str, message: str) -> None:
    found = read_failure(failure)
    assert (found.name, found.message) == (name, message)


def test_a_long_message_is_cut() -> None:
    assert len(read_failure({"Error": "X", "Cause": "long " * 9_999}).message) == 2_000


@pytest.mark.parametrize(
    ("name", "refusal"),
    [(EmptyFile.__name__, True), ("FileRefused", True), ("Conflict", False), ("KeyError", False)],
)
def test_only_the_files_own_faults_are_refusals(name: str, refusal: bool) -> None:
    assert is_refusal(name) is refusal
