"""What the governance handlers share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from lambdas.runtime import announce, bucket, client, now, setting, table
from penstock.catalog import Catalog
from penstock.features.catalogue import FeatureCatalogue
from penstock.governance.approvals import Approvals
from penstock.governance.approving import Approving
from penstock.governance.audit import AuditTrail
from penstock.governance.copies import AuditCopies
from penstock.governance.delegation import Delegations
from penstock.governance.dossier import inventory_of
from penstock.governance.identity import Caller
from penstock.governance.keeping import CardKeeper
from penstock.governance.registry import Registry
from penstock.governance.reviewing import Reviewing, reminder
from penstock.governance.steps import Governance
from penstock.models import ModelRepository
from penstock.models.aliases import Aliases
from penstock.models.naming import Naming
from penstock.models.package import group_name

_PACKAGE_EVENTS = {
    "undone": "Package Status Undone",
    "made_outside": "Package Made Outside",
    "removed": "Package Removed",
}
_WAITS_NO_LONGER = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}


@cache
def governance() -> Governance:
    """Return the steps, wired to this function's tables."""
    return Governance(
        catalog=catalog(),
        audit=audit_trail(),
        now=now,
        features=FeatureCatalogue(table("features")),
    )


@cache
def approving() -> Approving:
    """Return the steps of approvals, wired to this function's tables and bucket."""
    return Approving(
        catalog=catalog(),
        models=ModelRepository(table("models")),
        approvals=Approvals(table("approvals")),
        delegations=Delegations(table("approvals")),
        audit=audit_trail(),
        artifacts=bucket("artifacts"),
        now=now,
    )


@cache
def registry() -> Registry:
    """Return what follows SageMaker's packages."""
    return Registry(approving(), ModelPackages(), StepFunctions(), approver_roles(), now)


@cache
def card_keeper() -> CardKeeper:
    """Return what keeps SageMaker's model cards."""
    return CardKeeper(
        catalog(), ModelRepository(table("models")), bucket("artifacts"), ModelCards(), setting("CARD_KEY")
    )


@cache
def reviewing() -> Reviewing:
    """Return what records reviews."""
    return Reviewing(ModelRepository(table("models")), audit_trail(), now)


def overdue_reviews() -> str:
    """Return what people are told of versions that serve and whose review is overdue."""
    return reminder(inventory_of(catalog(), ModelRepository(table("models")), now=now(), live_only=True))


@cache
def naming() -> Naming:
    """Return what names versions."""
    return Naming(Aliases(table("models")), audit_trail(), now)


def catalog() -> Catalog:
    """Return the catalogue."""
    return Catalog(table("catalog"))


def audit_trail() -> AuditTrail:
    """Return the audit trail."""
    return AuditTrail(table("audit"))


def audit_copies() -> AuditCopies:
    """Return the locked copies of the audit trail."""
    return AuditCopies(bucket("audit"))


def approver_roles() -> dict[str, str]:
    """Return the ARNs of the IAM roles by the roles of approvers."""
    return {"model_risk": setting("APPROVER_ROLE"), "business_owner": setting("OWNER_ROLE")}


def roles_of(person: Caller) -> set[str]:
    """Return the roles of approvers that a person acts under."""
    return {name for name, arn in approver_roles().items() if person.has_role(arn)}


def announce_package(told: Mapping[str, Any]) -> None:
    """Tell of what somebody did to a package in SageMaker, if it is worth an event."""
    if event := _PACKAGE_EVENTS.get(told["outcome"]):
        announce("governance", event, dict(told))


def tell_people(subject: str, message: str) -> None:
    """Tell the people who subscribed to the topic."""
    client("sns").publish(TopicArn=setting("TOPIC_ARN"), Subject=subject, Message=message[:200_000])


class StepFunctions:
    """The waiting workflow, on AWS."""

    def succeed(self, task_token: str, output: dict[str, Any]) -> None:
        """Send the result of a task that waits; one that waits no longer is left alone."""
        try:
            client("stepfunctions").send_task_success(taskToken=task_token, output=json.dumps(output))
        except ClientError as error:
            if error.response["Error"]["Code"] not in _WAITS_NO_LONGER:
                raise


class PackageGroups:
    """SageMaker's model package groups."""

    def ensure_group(self, use_case: str, description: str) -> None:
        """Create the group of a use case if there is none."""
        sagemaker, name = client("sagemaker"), group_name(use_case)
        pages = sagemaker.get_paginator("list_model_package_groups").paginate(NameContains=name)
        found = (group for page in pages for group in page["ModelPackageGroupSummaryList"])
        if not any(group["ModelPackageGroupName"] == name for group in found):
            sagemaker.create_model_package_group(
                ModelPackageGroupName=name, ModelPackageGroupDescription=description
            )


class ModelPackages:
    """SageMaker's model packages."""

    def describe(self, arn: str) -> dict[str, Any] | None:
        """Return a package as SageMaker describes it, or None when there is none of that ARN."""
        try:
            found: dict[str, Any] = client("sagemaker").describe_model_package(ModelPackageName=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"ValidationException", "ResourceNotFound"}:
                return None
            raise
        return found

    def arns(self, group: str) -> Iterator[str]:
        """Return the ARNs of the packages of a group; none when there is no such group."""
        pages = client("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
        try:
            for page in pages:
                yield from (package["ModelPackageArn"] for package in page["ModelPackageSummaryList"])
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"ValidationException", "ResourceNotFound"}:
                raise

    def set_status(self, arn: str, status: str, why: str) -> None:
        """Set the approval status of a package."""
        client("sagemaker").update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus=status, ApprovalDescription=why
        )


class ModelCards:
    """SageMaker's model cards."""

    def describe(self, name: str) -> dict[str, Any] | None:
        """Return a card as SageMaker describes it, or None when there is none of that name."""
        try:
            found: dict[str, Any] = client("sagemaker").describe_model_card(ModelCardName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"ResourceNotFound", "ResourceNotFoundException"}:
                return None
            raise
        return found

    def create(self, request: Mapping[str, Any]) -> None:
        """Create a card."""
        client("sagemaker").create_model_card(**request)

    def update(self, name: str, *, content: str = "", status: str = "") -> None:
        """Change the content of a card, or its status."""
        change = {"Content": content} if content else {"ModelCardStatus": status}
        client("sagemaker").update_model_card(ModelCardName=name, **change)
