"""A version goes live only by the right person's word, once, in time; or by itself where the risk is low."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import AlreadyDecided, NotPermitted, SegregationOfDuties
from penstock.models import Stage
from tests.end_to_end.platform.world import World


def _short(definition: dict[str, Any]) -> None:
    """Let the question wait for half a minute in place of days, with a reminder after half of it."""
    opened = "$merge([$states.result.Payload, {'timeout_seconds': 30}])"
    definition["States"]["Open"]["Assign"] = {"opened": f"{{% {opened} %}}", "wait_seconds": 15}


def test_ones_own_submission_is_refused_and_the_attempt_audited(world: World) -> None:
    asked = world.pending("owned")
    assert asked.requested_by == "engineer"
    with pytest.raises(SegregationOfDuties):
        world.engineer.call(
            "decide_approval", {"approval_id": asked.approval_id, "decision": "approve", "reason": "ok"}
        )
    assert "own approval refused" in world.actions("owned")
    assert world.models.version("owned", 1).stage is Stage.PENDING_APPROVAL


def test_a_scientist_cannot_decide_on_a_colleagues_version(world: World) -> None:
    asked = world.pending("owned")
    with pytest.raises(NotPermitted):
        world.dana.call(
            "decide_approval", {"approval_id": asked.approval_id, "decision": "approve", "reason": "ok"}
        )
    assert world.approvals.get(asked.approval_id).status == "pending"


def test_a_rejected_version_is_recorded_and_never_deployed(world: World) -> None:
    asked = world.pending("owned")
    assert world.inbox.told("waits for your approval", "of owned")
    world.priya.call(
        "decide_approval", {"approval_id": asked.approval_id, "decision": "reject", "reason": "too plain"}
    )
    version = world.version("owned", 1, Stage.REJECTED)
    assert (version.history[-1].by, version.history[-1].reason) == ("priya", "too plain")
    run = world.ended(world.execution("approval", asked.approval_id))
    assert world.entered(run["executionArn"])[-2:] == ["PublishRejected", "Rejected"]
    assert _package_status(world, version.package_arn) == "Rejected"
    assert not world.runs_with("deployment", '"owned"')


def test_a_second_answer_changes_nothing(world: World) -> None:
    asked = world.approvals.get(world.runs_with("approval", '"owned"')[0]["name"])
    with pytest.raises(AlreadyDecided):
        world.priya.call(
            "decide_approval",
            {"approval_id": asked.approval_id, "decision": "approve", "reason": "after all"},
        )
    assert world.models.version("owned", 1).stage is Stage.REJECTED


def test_a_question_that_nobody_answers_expires_and_people_are_told(world: World) -> None:
    asked = world.pending("lapsing")
    world.aws("stepfunctions").stop_execution(executionArn=world.execution("approval", asked.approval_id))
    event = {"detail": {"use_case": "lapsing", "version": 1}}
    arn = world.start("approval", event, machine=world.copy_workflow("approval", _short))
    done = world.ended(arn)
    assert done["status"] == "SUCCEEDED", done
    assert world.models.version("lapsing", 1).stage is Stage.EXPIRED
    assert world.inbox.told("an approval is still waiting", "lapsing", "model_risk")
    assert world.inbox.told("an approval expired", "lapsing")
    assert {"approvers reminded", "version expired"} <= set(world.actions("lapsing"))
    with pytest.raises(AlreadyDecided):
        world.priya.call(
            "decide_approval", {"approval_id": done["name"], "decision": "approve", "reason": "late"}
        )
    assert world.models.version("lapsing", 1).stage is Stage.EXPIRED
    assert not world.runs_with("deployment", '"lapsing"')


def _package_status(world: World, arn: str) -> str:
    return str(world.aws("sagemaker").describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"])
