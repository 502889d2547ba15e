"""The roles that people assume: data scientist, approver, business owner; granted where things are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import access
from stacks.wiring import PERSONAS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3

    from stacks.wiring import Wiring

_READABLE = {
    "artifacts": ("runs/", "imports/", "monitoring/", "deployments/"),
    "lake": ("reports/", "quarantine/", "snapshots/", "erasures/"),
}


class Personas(Construct):
    """One role a persona; a session must carry the user's own name, which is what the audit trail shows.

    Attributes
    ----------
    roles
        By the persona's name.
    """

    def __init__(
        self, scope: Construct, id: str, *, wiring: Wiring, buckets: Mapping[str, s3.IBucket], key: kms.IKey
    ) -> None:
        """Create the roles, publish their ARNs and grant what lies in the foundation."""
        super().__init__(scope, id)
        self.roles = {name: self._role(name) for name in PERSONAS}
        for name, role in self.roles.items():
            wiring.publish(f"roles/{name}", role.role_arn)
            self._may_look(role, wiring, buckets, key)
        access.write_objects(self.roles["scientist"], buckets["landing"], "")
        # Models that were made elsewhere; the job that reads one proves that it is what was brought in.
        access.write_objects(self.roles["scientist"], buckets["artifacts"], "imports/")
        access.read_objects(self.roles["scientist"], buckets["lake"], "curated/", "features/")
        access.list_versions(self.roles["scientist"], buckets["lake"], "curated/")

    def _role(self, name: str) -> iam.Role:
        principal = iam.AccountPrincipal(Stack.of(self).account).with_conditions(
            {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
        )
        return iam.Role(self, name.capitalize(), assumed_by=principal, description=f"Penstock: {name}")

    def _may_look(
        self, role: iam.Role, wiring: Wiring, buckets: Mapping[str, s3.IBucket], key: kms.IKey
    ) -> None:
        """Let a persona find the platform and read what it says, not the data itself."""
        place = f"parameter/penstock/{wiring.settings.environment}"
        access.allow(
            role,
            ["ssm:GetParametersByPath"],
            [wiring.arn("ssm", place), wiring.arn("ssm", f"{place}/*")],
            because="The parameters of one environment.",
        )
        for name, prefixes in _READABLE.items():
            access.read_objects(role, buckets[name], *prefixes)
        access.use_key(role, key)
        stacks = f"log-group:*Penstock-{wiring.settings.environment}-*"
        access.allow(
            role,
            ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:DescribeLogStreams"],
            [wiring.arn("logs", group) for group in (stacks, "log-group:/aws/sagemaker/*")],
            because="CloudFormation names the logs of functions after their stack, SageMaker those of jobs.",
        )
        access.allow(
            role,
            ["logs:DescribeLogGroups", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
            ["*"],
            because="Lists of log groups, alarms and metrics know no resources.",
        )
