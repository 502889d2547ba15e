"""Training that cannot succeed ends recorded and told; a repeat is a new run; the gate stops what is bad."""

from __future__ import annotations

from penstock.models import Stage
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.world import World


def test_data_of_one_class_cannot_be_learnt_from(world: World) -> None:
    run = world.run_of("one_class", "failed")
    assert run.summary["name"] == "TrainingRefused"
    assert world.inbox.told("training failed", "one_class")
    assert world.ended(run.execution_arn)["error"] == "TrainingFailed"
    assert not world.models.versions("one_class")
    assert "training failed" in world.actions("one_class")


def test_a_version_below_its_gates_is_refused_and_nobody_is_asked(world: World) -> None:
    version = world.version("strict", 1, Stage.REFUSED)
    assert not version.verdict["passed"]
    assert world.inbox.told("refused by its gates", "strict")
    assert not world.approvals.pending("strict")
    assert not world.runs_with("approval", '"strict"')


def test_rows_of_a_use_case_that_waits_for_more_train_nothing(world: World) -> None:
    run = world.ended_run("training", '"intake"')
    assert world.entered(run["executionArn"])[-1] == "NotDue"
    assert not world.runs.runs("intake")


def test_a_killed_training_job_fails_the_run_and_a_repeat_goes_live_by_itself(world: World) -> None:
    world.register(use_cases.document("automatic"))
    world.land("automatic", "first.csv", use_cases.as_csv(use_cases.rows(400)))
    job = world.kill_job("automatic-*-logistic")
    failed = world.run_of("automatic", "failed")
    assert job.startswith(failed.run_id)
    assert world.inbox.told("training failed", "automatic")
    assert not world.models.versions("automatic")
    world.dana.call("request_training", {"use_case": "automatic", "reason": "again", "overrides": {}})
    version = world.version("automatic", 1, Stage.CHAMPION)
    approved = next(change for change in version.history if change.stage is Stage.APPROVED)
    assert (approved.by, approved.reason) == ("governance", "the risk tier asks for no person")
    run = world.ended_run("approval", '"automatic"')
    assert "Automatic" in world.entered(run["executionArn"])


def test_a_training_while_another_one_runs_is_refused_with_the_reason(world: World) -> None:
    world.version("strict", 1)
    world.runs.claim("strict", "another-run", at="2026-01-01T00:00:00.000Z", until="2999-01-01T00:00:00.000Z")
    answer = world.dana.call("request_training", {"use_case": "strict", "reason": "twice", "overrides": {}})
    done = world.ended(answer["execution_arn"])
    world.runs.release("strict", "another-run")
    assert (done["status"], done["error"]) == ("FAILED", "TrainingFailed")
    assert world.inbox.told("training failed", "strict", "is being trained already")
    assert len(world.models.versions("strict")) == 1
