"""What somebody changes in SageMaker is a decision under the same rules, or it is undone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.governance import Approvals, AuditTrail
from penstock.governance.approvals import Approval
from penstock.governance.approving import Approving
from penstock.governance.delegation import Delegations
from penstock.governance.registry import Registry
from penstock.models import ModelRepository, Stage
from penstock.specs import UseCase, load_use_case
from penstock.stores import FolderObjects, MemoryItems

NOW = "2026-01-02T00:00:00.000Z"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/penstock-demo/1"
ROLE = "arn:aws:iam::111122223333:role/Approver"
OTHER = ARN.removesuffix("/1") + "/2"
SESSION = "arn:aws:sts::111122223333:assumed-role/Approver/"


@cache
def demo() -> UseCase:
    example = load_use_case(Path(__file__).parents[3] / "examples" / "flower_groups")
    return example.model_copy(update={"name": "demo"})


class Packages:
    """Packages by their ARNs, remembering what is set."""

    def __init__(self) -> None:
        self.found: dict[str, Any] | None = {
            "ModelApprovalStatus": "PendingManualApproval",
            "CustomerMetadataProperties": {"use_case": "demo", "version": "1"},
        }
        self.others: dict[str, dict[str, Any]] = {}
        self.set: list[str] = []

    def describe(self, arn: str) -> dict[str, Any] | None:
        return self.found if arn == ARN else self.others.get(arn)

    def arns(self, group: str) -> list[str]:
        return [*([ARN] if self.found else []), *self.others] if group == "penstock-demo" else []

    def set_status(self, arn: str, status: str, why: str) -> None:
        self.set.append(status)
        (self.found if arn == ARN and self.found else self.others[arn])["ModelApprovalStatus"] = status


class Waiting:
    def __init__(self) -> None:
        self.told: list[str] = []

    def succeed(self, task_token: str, output: dict[str, Any]) -> None:
        self.told.append(output["status"])


class World:
    def __init__(self, folder: Any, *, required: tuple[str, ...] = ("model_risk",)) -> None:
        questions = MemoryItems()
        self.models, self.audit = ModelRepository(MemoryItems()), AuditTrail(MemoryItems())
        self.packages, self.waiting = Packages(), Waiting()
        catalog = Catalog(MemoryItems())
        catalog.register(demo(), by="dana", at=NOW)
        self.approving = Approving(
            catalog, self.models, Approvals(questions), Delegations(questions), self.audit,
            FolderObjects(folder), lambda: NOW,
        )  # fmt: skip
        self.registry = Registry(
            self.approving, self.packages, self.waiting, {"model_risk": ROLE}, lambda: NOW
        )
        facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "e", "package_arn": ARN}
        self.models.register("demo", run_id="r", stage=Stage.PENDING_APPROVAL, by="dana", at=NOW, facts=facts)
        question = Approval(
            approval_id="a1", use_case="demo", version=1, requested_by="dana", risk_tier="medium",
            required=required, task_token="t", created_at=NOW, expires_at="2026-01-04T00:00:00.000Z",
        )  # fmt: skip
        self.approving.approvals.ask(question)

    def change(
        self, status: str, *, by: str = "", role: str = "Approver", reason: str = "ok"
    ) -> dict[str, Any]:
        assert self.packages.found is not None
        self.packages.found |= {"ModelApprovalStatus": status, "ApprovalDescription": reason}
        if by:
            arn = f"arn:aws:sts::111122223333:assumed-role/{role}/{by}"
            self.packages.found["LastModifiedBy"] = {"IamIdentity": {"Arn": arn}}
        return self.registry.follow({"ModelPackageArn": ARN})


@pytest.fixture
def world(tmp_path: Any) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(("status", "decided"), [("Approved", "approved"), ("Rejected", "rejected")])
def test_an_approvers_change_is_a_decision(world: World, status: str, decided: str) -> None:
    told = world.change(status, by="priya")
    assert (told["outcome"], told["by"], world.waiting.told) == ("taken_over", "priya", [decided])
    assert world.approving.approvals.get("a1").decided_by == "priya"
    assert world.packages.set == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"by": "dana"}, "own submission"),
        ({"by": "sam", "role": "Scientist"}, "Only an approver"),
        ({}, "does not tell who"),
        ({"by": "priya", "reason": " ", "status": "Rejected"}, "reason is needed"),
    ],
)
def test_what_nobody_could_decide_here_is_undone_and_audited(
    world: World, change: dict[str, Any], why: str
) -> None:
    told = world.change(change.pop("status", "Approved"), **change)
    assert (told["outcome"], world.packages.set) == ("undone", ["PendingManualApproval"])
    assert why in told["why"]
    assert list(world.audit.records("demo"))[-1].action == "package status undone"
    assert world.approving.approvals.get("a1").status == "pending"


def test_one_of_two_approvals_is_taken_over_and_the_package_stays_pending(tmp_path: Any) -> None:
    world = World(tmp_path, required=("model_risk", "business_owner"))
    told = world.change("Approved", by="priya")
    assert (told["outcome"], world.packages.set) == ("undone", ["PendingManualApproval"])
    assert world.approving.approvals.get("a1").open_roles == ("business_owner",)


def test_a_decided_version_keeps_its_status(world: World) -> None:
    world.models.move("demo", 1, Stage.REJECTED, by="priya", at=NOW)
    told = world.change("Approved", by="priya")
    assert (told["outcome"], told["why"]) == ("undone", "the version is rejected")
    assert world.packages.set == ["Rejected"]


def test_a_package_behind_its_version_is_brought_in_step(world: World) -> None:
    world.models.move("demo", 1, Stage.APPROVED, by="priya", at=NOW)
    assert world.change("PendingManualApproval")["outcome"] == "brought_in_step"
    assert world.packages.set == ["Approved"]
    assert world.change("Approved")["outcome"] == "in_step"


def actions(world: World) -> list[str]:
    return [record.action for record in world.audit.records("demo")]


def test_a_package_of_nobodys_group_is_left_alone(world: World) -> None:
    arn = ARN.replace("penstock-demo", "penstock-absent")
    assert world.registry.follow({"ModelPackageArn": arn})["outcome"] == "unknown"
    assert (world.packages.set, actions(world)) == ([], [])


def test_a_removed_package_is_noticed_once_and_the_version_stays(world: World) -> None:
    world.packages.found = None
    for _ in range(2):
        told = world.registry.follow({"ModelPackageArn": ARN})
    assert (told["outcome"], told["version"]) == ("removed", 1)
    assert actions(world) == ["package removed in SageMaker"]
    assert world.models.version("demo", 1).stage is Stage.PENDING_APPROVAL


@pytest.mark.parametrize(("status", "set_to"), [("Approved", ["Rejected"]), ("PendingManualApproval", [])])
def test_a_package_made_outside_is_noticed_and_never_approved(
    world: World, status: str, set_to: list[str]
) -> None:
    # What it says of itself does not make it the package of a version that has one.
    world.packages.others[OTHER] = {
        "ModelApprovalStatus": status,
        "CustomerMetadataProperties": {"use_case": "demo", "version": "1"},
        "CreatedBy": {"IamIdentity": {"Arn": SESSION + "eve"}},
    }
    for _ in range(2):
        told = world.registry.follow({"ModelPackageArn": OTHER})
    assert (told["outcome"], told["by"], world.packages.set) == ("made_outside", "eve", set_to)
    undone = [("package status undone", "eve")] if set_to else []
    assert [(one.action, one.actor) for one in world.audit.records("demo")] == [
        ("package made outside", "eve"),
        *undone,
    ]
    assert world.approving.approvals.get("a1").status == "pending"


def test_who_approves_a_package_made_outside_is_named_each_time(world: World) -> None:
    world.packages.others[OTHER] = {"LastModifiedBy": {"IamIdentity": {"Arn": SESSION + "priya"}}}
    for _ in range(2):
        world.packages.others[OTHER]["ModelApprovalStatus"] = "Approved"
        world.registry.follow({"ModelPackageArn": OTHER})
    assert actions(world) == ["package made outside", "package status undone", "package status undone"]
    assert list(world.audit.records("demo"))[-1].actor == "priya"


def test_a_package_that_says_to_be_of_another_version_is_still_its_own(world: World) -> None:
    assert world.packages.found is not None
    world.packages.found["CustomerMetadataProperties"] = {"use_case": "other", "version": "9"}
    assert world.change("Approved", by="priya")["outcome"] == "taken_over"


def test_a_package_is_known_before_its_arn_is_noted(world: World) -> None:
    facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "e"}
    world.models.register("demo", run_id="r2", stage=Stage.PENDING_APPROVAL, by="dana", at=NOW, facts=facts)
    world.packages.others[OTHER] = {
        "ModelApprovalStatus": "PendingManualApproval",
        "CustomerMetadataProperties": {"version": "2"},
    }
    assert world.registry.follow({"ModelPackageArn": OTHER})["outcome"] == "in_step"


@pytest.mark.parametrize(
    ("context", "outcome", "by"),
    [
        ({"IamIdentity": {"Arn": SESSION + "SageMaker"}}, "undone", ""),
        ({"IamIdentity": {"Arn": SESSION + "SageMaker"}, "UserProfileName": "priya"}, "taken_over", "priya"),
        ({"IamIdentity": {"Arn": SESSION + "SageMaker", "SourceIdentity": "omar"}}, "taken_over", "omar"),
        ({"IamIdentity": {"Arn": SESSION + "SageMaker"}, "UserProfileName": "dana"}, "undone", ""),
        ({"UserProfileName": "priya"}, "undone", ""),
    ],
)
def test_people_who_share_the_session_of_a_studio_are_told_apart_or_not_heard(
    world: World, context: dict[str, Any], outcome: str, by: str
) -> None:
    assert world.packages.found is not None
    world.packages.found["LastModifiedBy"] = context
    told = world.change("Approved")
    assert (told["outcome"], told.get("by", "")) == (outcome, by)


def test_the_sweep_finds_what_no_event_told(world: World) -> None:
    assert world.registry.sweep() == []
    world.packages.others[OTHER] = {"ModelApprovalStatus": "PendingManualApproval"}
    world.packages.found = None
    assert {(one["outcome"], one["package_arn"]) for one in world.registry.sweep()} == {
        ("removed", ARN),
        ("made_outside", OTHER),
    }
