"""Least privilege, spelt out: the few shapes of permission that the platform gives.

CDK's own ``grant_read`` for objects allows every action that starts with ``Get`` and ``List``; these name
each action and the prefix that it is for. Who grants a wildcard says there why it is no narrower; that, and
nothing beyond it, is then acknowledged to cdk-nag.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3
    from constructs import IConstruct

_READ_ITEMS = ("dynamodb:GetItem", "dynamodb:Query")
_WRITE_ITEMS = ("dynamodb:PutItem",)
_BELOW = "The objects below one prefix of one bucket."


def read_objects(to: iam.IGrantable, bucket: s3.IBucket, *prefixes: str) -> None:
    """Allow reading and listing objects below prefixes."""
    allow(to, ["s3:GetObject", "s3:GetObjectVersion"], _below(bucket, prefixes), because=_BELOW)
    below = {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}}
    allow(to, ["s3:ListBucket"], [bucket.bucket_arn], conditions=below)


def write_objects(to: iam.IGrantable, bucket: s3.IBucket, *prefixes: str) -> None:
    """Allow writing objects below prefixes, large ones in parts."""
    allow(to, ["s3:PutObject", "s3:AbortMultipartUpload"], _below(bucket, prefixes), because=_BELOW)


def erase_objects(to: iam.IGrantable, bucket: s3.IBucket, *prefixes: str) -> None:
    """Allow removing objects below prefixes for good: many versions in one request, or one."""
    list_versions(to, bucket, *prefixes)
    allow(to, ["s3:DeleteObject", "s3:DeleteObjectVersion"], _below(bucket, prefixes), because=_BELOW)


def list_versions(to: iam.IGrantable, bucket: s3.IBucket, *prefixes: str) -> None:
    """Allow listing the versions of objects below prefixes."""
    below = {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}}
    allow(to, ["s3:ListBucketVersions"], [bucket.bucket_arn], conditions=below)


def read_items(to: iam.IGrantable, *tables: dynamodb.ITable) -> None:
    """Allow reading items of tables."""
    allow(to, _READ_ITEMS, [table.table_arn for table in tables])


def write_items(to: iam.IGrantable, *tables: dynamodb.ITable) -> None:
    """Allow reading and putting items of tables; not updating, deleting or scanning."""
    allow(to, (*_READ_ITEMS, *_WRITE_ITEMS), [table.table_arn for table in tables])


def use_key(to: iam.IGrantable, key: kms.IKey) -> None:
    """Allow what reading and writing encrypted data takes."""
    allow(to, ["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn])


def pass_role(
    grantee: iam.IGrantable, role_arns: Sequence[str], *, to: str = "sagemaker.amazonaws.com"
) -> None:
    """Allow handing roles to one service, SageMaker unless another is named, and to nothing else."""
    only = {"StringEquals": {"iam:PassedToService": to}}
    allow(grantee, ["iam:PassRole"], role_arns, conditions=only)


def allow(
    to: iam.IGrantable,
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    because: str | None = None,
    conditions: dict[str, dict[str, Any]] | None = None,
) -> None:
    """Allow actions on resources.

    Parameters
    ----------
    because
        Why a resource with a wildcard is no narrower; without it, cdk-nag finds the wildcard.
    """
    principal = to.grant_principal
    statement = iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=conditions)
    principal.add_to_principal_policy(statement)
    if because:
        acknowledge_wildcards(cast("IConstruct", principal), resources, because)


def acknowledge_wildcards(scope: IConstruct, resources: Sequence[str], reason: str) -> None:
    """Say why permissions on resources with wildcards are no narrower."""
    for resource in resources:
        acknowledge(scope, f"AwsSolutions-IAM5[Resource::{_flatten(scope, resource)}]", reason)


def acknowledge(scope: IConstruct, rule: str, reason: str) -> None:
    """Say why a finding of cdk-nag is right as it is, for a construct and what is in it.

    Parameters
    ----------
    rule
        As cdk-nag names it; of wildcards the finding too: ``AwsSolutions-IAM5[Resource::*]``.
    """
    # An id without the plug-in's name would be that of an annotation.
    Validations.of(scope).acknowledge(Acknowledgment(id=f"AwsSolutions::{rule}", reason=reason))


def _below(bucket: s3.IBucket, prefixes: Sequence[str]) -> list[str]:
    return [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes]


def _flatten(scope: IConstruct, value: str) -> str:
    """Write a value with references the way that cdk-nag does in the ids of findings."""
    return _written(Stack.of(scope).resolve(value))


def _written(value: Any) -> str:
    match value:
        case str():
            return value.replace("${", "<").replace("}", ">")
        case {"Fn::Join": [str(delimiter), list(parts)]}:
            return delimiter.join(map(_written, parts))
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{_written(resource)}.{_written(attribute)}>"
        case {"Ref": name}:
            return f"<{_written(name)}>"
        case _:
            return json.dumps(value, separators=(",", ":"))
