"""The construct of a SageMaker execution role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import access

if TYPE_CHECKING:
    from stacks.wiring import Wiring

_NO_RESOURCE = "ECR's login and PutMetricData know no resources; the namespace of metrics is fixed."
_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams")
_IMAGE = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


class JobRole(Construct):
    """What a kind of jobs may do: run the image, write its log, use the key; data is granted apart.

    Attributes
    ----------
    role
        For grants, and to be passed to SageMaker.
    """

    def __init__(self, scope: Construct, id: str, *, wiring: Wiring) -> None:
        """Create the role."""
        super().__init__(scope, id)
        self.role = iam.Role(
            self, "Role",
            assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
        )  # fmt: skip
        access.allow(self.role, _LOGS, [wiring.arn("logs", "log-group:/aws/sagemaker/*")],
                     because="SageMaker names the log groups of jobs and endpoints.")  # fmt: skip
        access.allow(
            self.role,
            _IMAGE,
            [wiring.arn("ecr", f"repository/{wiring.settings.environment}/penstock-runtime")],
        )
        access.allow(self.role, ["ecr:GetAuthorizationToken"], ["*"], because=_NO_RESOURCE)
        own = {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "aws/sagemaker/*"]}}
        access.allow(self.role, ["cloudwatch:PutMetricData"], ["*"], because=_NO_RESOURCE, conditions=own)
        access.allow(self.role, ["kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:DescribeKey"],
                     [wiring.key.key_arn])  # fmt: skip

    def settings(self, wiring: Wiring) -> dict[str, str]:
        """Return the environment of a function that starts such jobs."""
        return {"JOB_IMAGE": wiring.image, "JOB_ROLE": self.role.role_arn, "JOB_KEY": wiring.key.key_arn}
