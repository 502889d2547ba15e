"""What somebody changes in SageMaker is a decision under the same rules, or it is undone."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.governance import Approvals, AuditTrail
from penstock.governance.approvals import Approval
from penstock.governance.approving import Approving
from penstock.governance.delegation import Delegations
from penstock.governance.registry import Registry
from penstock.models import ModelRepository, Stage
from penstock.stores import FolderObjects, MemoryItems

NOW = "2026-01-02T00:00:00.000Z"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/penstock-demo/1"
ROLE = "arn:aws:iam::111122223333:role/Approver"


class Packages:
    """One package, remembering what is set."""

    def __init__(self) -> None:
        self.found: dict[str, Any] | None = {
            "ModelApprovalStatus": "PendingManualApproval",
            "CustomerMetadataProperties": {"use_case": "demo", "version": "1"},
        }
        self.set: list[str] = []

    def describe(self, arn: str) -> dict[str, Any] | None:
        return self.found

    def set_status(self, arn: str, status: str, why: str) -> None:
        self.set.append(status)


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
        self.approving = Approving(
            Catalog(MemoryItems()), self.models, Approvals(questions), Delegations(questions), self.audit,
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


def test_packages_of_others_and_removed_ones_are_left_alone(world: World) -> None:
    assert world.packages.found is not None
    world.packages.found["CustomerMetadataProperties"] = {}
    assert world.change("Approved", by="priya")["outcome"] == "unknown"
    world.packages.found = None
    detail = {"ModelPackageArn": ARN, "CustomerMetadataProperties": {"use_case": "demo", "version": "1"}}
    assert world.registry.follow(detail)["outcome"] == "removed"
    assert list(world.audit.records("demo"))[-1].action == "package removed in SageMaker"
    assert world.packages.set == []
