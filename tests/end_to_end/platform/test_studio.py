"""What people do in SageMaker itself: decide on packages, make and remove them, read cards."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from penstock.errors import AlreadyDecided
from penstock.models import ModelVersion, Stage
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.world import World, eventually

UC = "studio"
CARD = "penstock-studio-v1"


def sagemaker(who: Any) -> Any:
    return who.session.client("sagemaker")


def card(world: World) -> dict[str, Any]:
    found: dict[str, Any] = sagemaker(world.dana).describe_model_card(ModelCardName=CARD)
    return {
        **found,
        "stage": json.loads(found["Content"])["additional_information"]["custom_details"]["stage"],
    }


@pytest.fixture(scope="module")
def asked(world: World) -> ModelVersion:
    """Let a version wait for its approval."""
    for name in (UC, "rivals", "orphan"):
        world.register(use_cases.document(name, risk=use_cases.PERSON))
        world.land(name, "first.csv", use_cases.as_csv(use_cases.rows(400)))
    world.pending(UC)
    return world.version(UC, 1, Stage.PENDING_APPROVAL)


def test_a_card_waits_for_its_review_as_the_version_does(world: World, asked: ModelVersion) -> None:
    eventually(lambda: _has_card(world), "the card in SageMaker")
    found = card(world)
    assert (found["ModelCardStatus"], found["stage"]) == ("PendingReview", "pending_approval")
    content = json.loads(found["Content"])
    assert content["model_package_details"]["model_package_arn"] == asked.package_arn
    assert found["SecurityConfig"]["KmsKeyId"].startswith("arn:aws:kms:")
    with pytest.raises(ClientError, match="AccessDenied"):
        sagemaker(world.dana).update_model_card(ModelCardName=CARD, ModelCardStatus="Approved")


def _has_card(world: World) -> bool:
    listed = sagemaker(world.dana).list_model_cards(NameContains=CARD)["ModelCardSummaries"]
    return bool(listed)


def test_a_scientist_cannot_touch_a_package_and_an_engineers_approval_is_undone(
    world: World, asked: ModelVersion
) -> None:
    change = {"ModelPackageArn": asked.package_arn, "ModelApprovalStatus": "Approved"}
    with pytest.raises(ClientError, match="AccessDenied"):
        sagemaker(world.dana).update_model_package(**change)
    world.aws("sagemaker").update_model_package(**change)
    eventually(lambda: "package status undone" in world.actions(UC), "the record of it")
    eventually(
        lambda: _status(world, asked.package_arn) == "PendingManualApproval", "the package to wait again"
    )
    assert world.models.version(UC, 1).stage is Stage.PENDING_APPROVAL


def _status(world: World, arn: str) -> str:
    return str(world.aws("sagemaker").describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"])


def test_an_approval_in_studio_is_the_approvers_own(world: World, asked: ModelVersion) -> None:
    sagemaker(world.priya).update_model_package(
        ModelPackageArn=asked.package_arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="slices reviewed in Studio",
    )
    live = world.version(UC, 1, Stage.CHAMPION)
    approved = next(change for change in live.history if change.stage is Stage.APPROVED)
    assert (approved.by, approved.reason) == ("priya", "slices reviewed in Studio")
    record = next(one for one in world.audit.records(UC) if one.action == "version approved")
    assert (record.actor, record.details["role"]) == ("priya", "model_risk")


def test_the_card_follows_a_version_for_each_stage(world: World, asked: ModelVersion) -> None:
    world.version(UC, 1, Stage.CHAMPION)
    eventually(lambda: card(world)["stage"] == "champion", "the card to follow")
    listed = sagemaker(world.priya).list_model_card_versions(ModelCardName=CARD)[
        "ModelCardVersionSummaryList"
    ]
    assert [one["ModelCardVersion"] for one in listed] == list(range(len(listed), 0, -1))
    assert len(listed) >= 2
    assert card(world)["ModelCardStatus"] == "Approved"


def test_packages_made_and_removed_outside_are_noticed(world: World, asked: ModelVersion) -> None:
    client = world.aws("sagemaker")
    made = client.create_model_package(
        ModelPackageGroupName="penstock-studio", ModelApprovalStatus="Approved",
        CustomerMetadataProperties={"use_case": UC, "version": "1"},
    )["ModelPackageArn"]  # fmt: skip
    eventually(lambda: "package made outside" in world.actions(UC), "the record of the package")
    eventually(lambda: _status(world, made) == "Rejected", "the package to be rejected")
    client.delete_model_package(ModelPackageName=asked.package_arn)
    eventually(lambda: "package removed in SageMaker" in world.actions(UC), "the record of the removal")
    assert world.models.version(UC, 1).stage is Stage.CHAMPION
    answered = world.aws("lambda").invoke(FunctionName=world.function("SweepModels"), Payload=b"{}")
    told = json.loads(answered["Payload"].read())
    assert "FunctionError" not in answered, told
    assert told["overdue"] == ""
    found = {one["package_arn"]: one["outcome"] for one in told["out_of_step"] if one.get("use_case") == UC}
    assert found == {made: "made_outside", asked.package_arn: "removed"}
    assert world.actions(UC).count("package made outside") == 1


def test_of_many_answers_at_once_one_counts(world: World, asked: ModelVersion) -> None:
    question = world.pending("rivals")

    def answer(decision: str) -> str:
        request = {"approval_id": question.approval_id, "decision": decision, "reason": f"to {decision}"}
        try:
            return str(world.priya.call("decide_approval", request)["status"])
        except AlreadyDecided:
            return "too late"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(answer, ["approve", "reject", "approve", "reject"]))
    decided = world.approvals.get(question.approval_id)
    assert sorted(answers) == sorted([decided.status, *["too late"] * 3])
    stages = (Stage.CHAMPION,) if decided.status == "approved" else (Stage.REJECTED,)
    version = world.version("rivals", 1, *stages)
    assert sum(one.stage in {Stage.APPROVED, Stage.REJECTED} for one in version.history) == 1
    assert world.actions("rivals").count(f"version {decided.status}") == 1
    assert world.actions("rivals").count("late approval refused") == 3


def test_a_decision_stands_though_the_package_was_removed_meanwhile(
    world: World, asked: ModelVersion
) -> None:
    question, version = world.pending("orphan"), world.version("orphan", 1)
    world.aws("sagemaker").delete_model_package(ModelPackageName=version.package_arn)
    request = {"approval_id": question.approval_id, "decision": "approve", "reason": "reviewed"}
    world.priya.call("decide_approval", request)
    assert world.version("orphan", 1, Stage.CHAMPION).package_arn == version.package_arn
    eventually(lambda: "package removed in SageMaker" in world.actions("orphan"), "the record of the removal")


def test_an_approver_reviews_what_serves_and_nobody_else_does(world: World, asked: ModelVersion) -> None:
    request = {"use_case": UC, "version": 1, "reason": "no drift; slices as they were"}
    with pytest.raises(ClientError, match="AccessDenied"):
        world.dana.call("review_version", request)
    assert world.omar.call("review_version", request)["reviewed_by"] == "omar"
    (review,) = world.models.version(UC, 1).reviews
    assert (review.by, review.reason) == ("omar", request["reason"])
    assert "version reviewed" in world.actions(UC)
