"""Least privilege, spelt out: the few shapes of permission that the platform gives.

CDK's own ``grant_read`` for objects allows every action that starts with ``Get`` and ``List``; these name
each action and the prefix that it is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3
    from constructs import IConstruct

_READ_ITEMS = ("dynamodb:GetItem", "dynamodb:Query")
_WRITE_ITEMS = ("dynamodb:PutItem",)


def read_objects(to: iam.IGrantable, bucket: s3.IBucket, *prefixes: str) -> None:
    """Allow reading and listing objects below prefixes."""
    _allow(to, ["s3:GetObject", "s3:GetObjectVersion"], _below(bucket, prefixes))
    to.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["s3:ListBucket"], resources=[bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}},
        )
    )  # fmt: skip


def write_objects(to: iam.IGrantable, bucket: s3.IBucket, *prefixes: str) -> None:
    """Allow writing objects below prefixes, large ones in parts."""
    _allow(to, ["s3:PutObject", "s3:AbortMultipartUpload"], _below(bucket, prefixes))


def read_items(to: iam.IGrantable, *tables: dynamodb.ITable) -> None:
    """Allow reading items of tables."""
    _allow(to, _READ_ITEMS, [table.table_arn for table in tables])


def write_items(to: iam.IGrantable, *tables: dynamodb.ITable) -> None:
    """Allow reading and putting items of tables; not updating, deleting or scanning."""
    _allow(to, (*_READ_ITEMS, *_WRITE_ITEMS), [table.table_arn for table in tables])


def use_key(to: iam.IGrantable, key: kms.IKey) -> None:
    """Allow what reading and writing encrypted data takes."""
    _allow(to, ["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn])


def pass_role(to: iam.IGrantable, role_arns: Sequence[str]) -> None:
    """Allow handing roles to SageMaker, and to nothing else."""
    to.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["iam:PassRole"], resources=list(role_arns),
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
    )  # fmt: skip


def allow(to: iam.IGrantable, actions: Sequence[str], resources: Sequence[str]) -> None:
    """Allow actions on resources."""
    _allow(to, actions, resources)


def acknowledge(scope: IConstruct, rule: str, reason: str) -> None:
    """Say why a finding of cdk-nag is right as it is, for one construct."""
    Validations.of(scope).acknowledge(Acknowledgment(id=rule, reason=reason))


def _below(bucket: s3.IBucket, prefixes: Sequence[str]) -> list[str]:
    return [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes]


def _allow(to: iam.IGrantable, actions: Sequence[str], resources: Sequence[str]) -> None:
    to.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=list(actions), resources=list(resources))
    )
