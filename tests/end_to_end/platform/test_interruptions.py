"""What breaks on the platform's side ends recorded as failed, with the reason, and a repeat resumes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from penstock.catalog import Arrival, Status
from tests.end_to_end.platform.use_cases import as_csv, rows
from tests.end_to_end.platform.world import World


def _file(prefix: str, count: int = 20) -> bytes:
    return as_csv(rows(count, prefix=prefix))


def _meanwhile(act: Callable[[], object], arrive: Callable[[], Arrival]) -> Arrival:
    """Do something to the platform while a file is onboarded."""
    with ThreadPoolExecutor(1) as pool:
        acting = pool.submit(act)
        arrival = arrive()
        acting.result()
        return arrival


def _resumed(world: World, failed: Arrival) -> Arrival:
    """Repeat the event of an arrival that failed."""
    done = world.replay(failed)
    assert done["status"] == "SUCCEEDED", done
    return world.catalog.arrival(failed.use_case, failed.dataset, failed.id)


def test_a_handler_killed_in_the_middle_is_run_again(world: World, tmp_path: Path) -> None:
    arrival = _meanwhile(
        lambda: world.kill_function("OnboardingProcess"),
        lambda: world.onboard("intake", "killed.csv", _file("killed", 40_000)),
    )
    assert (arrival.status, arrival.rows_in) == (Status.ACCEPTED, 40_000)
    assert world.stored_rows(arrival, tmp_path) == (40_000, 0)
    assert world.entered(world.execution("onboarding", arrival.execution)).count("Process") == 1


def test_throttled_writes_are_repeated(world: World) -> None:
    fault = {
        "service": "dynamodb",
        "action": "PutItem",
        "error": "ProvisionedThroughputExceededException",
        "count": 3,
    }
    try:
        world.cloud.admin("faults", fault)
        arrival = world.onboard("intake", "throttled.csv", _file("throttled"))
    finally:
        world.cloud.admin("faults", {})
    assert (arrival.status, arrival.rows_curated) == (Status.ACCEPTED, 20)


def test_a_missing_permission_is_recorded_and_a_repeat_resumes(world: World, tmp_path: Path) -> None:
    with world.without_permission("OnboardingProcess", "s3:PutObject"):
        arrival = world.onboard("intake", "forbidden.csv", _file("forbidden"))
    assert arrival.status is Status.FAILED
    assert arrival.error is not None
    assert "AccessDenied" in arrival.error.message
    assert world.inbox.told("forbidden.csv", "AccessDenied")
    again = _resumed(world, arrival)
    assert (again.status, again.error) == (Status.ACCEPTED, None)
    assert world.stored_rows(again, tmp_path) == (20, 0)
    assert "arrival failed" in world.actions("intake")


def test_a_failure_that_cannot_be_recorded_ends_as_such_and_a_new_upload_is_judged(world: World) -> None:
    with world.without_permission("OnboardingRefuse", "s3:PutObject"):
        landed = world.land("intake", "unrecorded.csv", b"\x89PNG")
        run = world.ended_run("onboarding", landed.object.version)
    assert (run["status"], run["error"]) == ("FAILED", "NotRecorded")
    kept = world.aws("s3").get_object(
        Bucket=landed.object.bucket, Key=landed.object.key, VersionId=landed.object.version
    )
    assert kept["Body"].read() == b"\x89PNG"
    again = world.onboard("intake", "unrecorded.csv", b"\x89PNG")
    assert again.status is Status.REFUSED
    assert world.refused_copy(again) == b"\x89PNG"


def test_a_large_file_goes_by_a_job_and_a_killed_job_is_resumed(world: World, tmp_path: Path) -> None:
    with world.setting("OnboardingAdmit", LARGE_BYTES="100"):
        killed = _meanwhile(
            lambda: world.kill_job("onboard-"),
            lambda: world.onboard("intake", "by job.csv", _file("job", 2_000)),
        )
        assert killed.status is Status.FAILED
        assert world.inbox.told("by job.csv", "failed")
        again = _resumed(world, killed)
        refused = world.onboard("intake", "refused by job.csv", b"a,b\n1,2\n")
    assert (again.status, again.rows_in) == (Status.ACCEPTED, 2_000)
    assert world.stored_rows(again, tmp_path) == (2_000, 0)
    assert "ProcessAsJob" in world.entered(world.execution("onboarding", again.execution))
    assert refused.status is Status.REFUSED
    assert refused.error is not None
    assert refused.error.name == "SchemaMismatch"
    assert world.refused_copy(refused) == b"a,b\n1,2\n"
