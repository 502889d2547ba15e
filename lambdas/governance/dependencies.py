"""What the governance handlers share."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from lambdas.runtime import client, now, table
from penstock.catalog import Catalog
from penstock.governance.approvals import Approvals
from penstock.governance.audit import AuditTrail
from penstock.governance.steps import Governance
from penstock.models import ModelRepository
from penstock.training.steps import group_name


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
        """Send the result of a task that waits."""
        client("stepfunctions").send_task_success(taskToken=task_token, output=json.dumps(output))


class PackageGroups:
    """SageMaker's model package groups."""

    def ensure_group(self, use_case: str, description: str) -> None:
        """Create the group of a use case if there is none."""
        sagemaker, name = client("sagemaker"), group_name(use_case)
        found = sagemaker.list_model_package_groups(NameContains=name)["ModelPackageGroupSummaryList"]
        if not any(group["ModelPackageGroupName"] == name for group in found):
            sagemaker.create_model_package_group(
                ModelPackageGroupName=name, ModelPackageGroupDescription=description
            )
