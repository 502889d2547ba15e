"""The construct of a Lambda function of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks import access, staging

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from stacks.wiring import Wiring

RUNTIME = lambda_.Runtime.PYTHON_3_14
RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a function may take.

    Attributes
    ----------
    memory, disk
        MiB. A function's share of processors follows its memory.
    timeout
        Seconds.
    """

    memory: int = 512
    timeout: int = 60
    disk: int = 512


class Handler(Construct):
    """A handler of ``lambdas/`` with a role and a log of its own.

    Attributes
    ----------
    function, role
        Children, for grants.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        wiring: Wiring,
        entry: str,
        environment: dict[str, str] | None = None,
        size: Size | None = None,
        layer: lambda_.ILayerVersion | None = None,
        key: kms.IKey | None = None,
    ) -> None:
        """Create the function.

        Parameters
        ----------
        entry
            Module below ``lambdas``, such as ``onboarding.admit``; its function is ``handler``.
        layer, key
            Those of the platform unless the caller has them at hand.
        """
        super().__init__(scope, id)
        size, encryption = size or Size(), key or wiring.key
        log = logs.LogGroup(
            self,
            "Log",
            retention=RETENTION[wiring.settings.log_retention_days],
            removal_policy=RemovalPolicy.DESTROY,
            encryption_key=encryption,
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            role=self.role,
            code=lambda_.Code.from_asset(str(staging.BUILD / "handlers")),
            handler=f"lambdas.{entry}.handler",
            layers=[layer or wiring.layer],
            environment=environment or {},
            memory_size=size.memory,
            log_group=log,
            timeout=Duration.seconds(size.timeout),
            ephemeral_storage_size=aws_cdk.Size.mebibytes(size.disk),
            environment_encryption=encryption,
        )
        access.use_key(self.role, encryption)
