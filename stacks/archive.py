"""The bucket of the audit trail's copies, in which nothing can be removed before its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct

RETENTION_DAYS = 7 * 365


def audit_bucket(scope: Construct, *, key: kms.IKey, logs: s3.IBucket, removal: RemovalPolicy) -> s3.Bucket:
    """Make the bucket, with Object Lock in governance mode.

    A version can be removed early by who holds ``s3:BypassGovernanceRetention`` alone, which no role of the
    platform does.
    """
    return s3.Bucket(
        scope, "AuditBucket", encryption=s3.BucketEncryption.KMS, encryption_key=key, bucket_key_enabled=True,
        enforce_ssl=True, versioned=True, removal_policy=removal,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        server_access_logs_bucket=logs, server_access_logs_prefix="audit/",
        object_lock_default_retention=s3.ObjectLockRetention.governance(Duration.days(RETENTION_DAYS)),
    )  # fmt: skip
