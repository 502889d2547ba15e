"""What the governance handlers share."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from lambdas.runtime import client, now, table
from penstock.catalog import Catalog
from penstock.governance.approvals import Approvals
from penstock.governance.audit import AuditTrail
from penstock.governance.steps import Governance
from penstock.models import ModelRepository
from penstock.models.package import group_name

_WAITS_NO_LONGER = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}


@cache
def governance() -> Governance:
    """Return the steps, wired to this function's tables."""
    return Governance(
        catalog=Catalog(table("catalog")),
        models=ModelRepository(table("models")),
        approvals=Approvals(table("approvals")),
        audit=AuditTrail(table("audit")),
        now=now,
    )


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
