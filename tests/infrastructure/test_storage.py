"""What holds data is encrypted with the platform's key, versioned and closed."""

import json
from typing import Any

import pytest

Json = dict[str, Any]
KEY = {"Fn::GetAtt": ["Key961B73FD", "Arn"]}
DATA = ("LandingBucket", "LakeBucket", "ArtifactsBucket", "AuditBucket")


def buckets(dev: Any) -> dict[str, Json]:
    return {name.partition("/")[2]: one for name, one in dev.all("AWS::S3::Bucket").items()}


def test_every_bucket_of_data_is_encrypted_with_the_key(dev: Any) -> None:
    for name, bucket in buckets(dev).items():
        rule = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
        if name.startswith(DATA):
            assert rule["ServerSideEncryptionByDefault"] == {"KMSMasterKeyID": KEY, "SSEAlgorithm": "aws:kms"}
            assert rule["BucketKeyEnabled"] is True
        else:
            # Access logs can be delivered to a bucket with SSE-S3 only.
            assert name.startswith("AccessLogs")
            assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_every_bucket_is_versioned_and_blocks_public_access(dev: Any) -> None:
    found = buckets(dev)
    assert len(found) == 5
    for bucket in found.values():
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4


def test_old_versions_of_curated_data_do_not_expire_because_snapshots_name_them(dev: Any) -> None:
    [lake] = [one for name, one in buckets(dev).items() if name.startswith("LakeBucket")]
    rules = lake["LifecycleConfiguration"]["Rules"]
    expiring = [one for one in rules if "NoncurrentVersionExpiration" in one]
    assert expiring
    assert all(one.get("Prefix") and not "curated/".startswith(one["Prefix"]) for one in expiring)


def test_every_bucket_of_data_logs_who_reads_it(dev: Any) -> None:
    for name, bucket in buckets(dev).items():
        assert ("LoggingConfiguration" in bucket) == name.startswith(DATA)


def test_every_bucket_topic_and_queue_refuses_plain_text(dev: Any) -> None:
    guarded = {"AWS::S3::BucketPolicy": 5, "AWS::SNS::TopicPolicy": 1, "AWS::SQS::QueuePolicy": 1}
    for kind, count in guarded.items():
        policies = dev.all(kind)
        assert len(policies) == count
        for policy in policies.values():
            assert any(refuses_plain_text(one) for one in policy["PolicyDocument"]["Statement"])


def refuses_plain_text(statement: Json) -> bool:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return statement["Effect"] == "Deny" and statement.get("Condition") == condition


def test_every_table_has_the_key_point_in_time_recovery_and_no_provisioned_capacity(dev: Any) -> None:
    tables = dev.all("AWS::DynamoDB::Table")
    assert len(tables) == 8
    for table in tables.values():
        assert table["SSESpecification"]["SSEType"] == "KMS"
        assert "keyarn" in table["SSESpecification"]["KMSMasterKeyId"]["Ref"]
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert "ProvisionedThroughput" not in table


def test_features_of_an_entity_expire_by_themselves(dev: Any) -> None:
    tables = dev.all("AWS::DynamoDB::Table")
    found = {name: one.get("TimeToLiveSpecification") for name, one in tables.items()}
    (online,) = [one for name, one in found.items() if name.startswith("Repositories/Online")]
    assert online == {"AttributeName": "ttl", "Enabled": True}
    assert list(found.values()).count(None) == len(found) - 1


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        ("AWS::SNS::Topic", "KmsMasterKeyId"),
        ("AWS::SQS::Queue", "KmsMasterKeyId"),
        ("AWS::Events::EventBus", "KmsKeyIdentifier"),
        ("AWS::SecretsManager::Secret", "KmsKeyId"),
        ("AWS::Logs::LogGroup", "KmsKeyId"),
        ("AWS::Lambda::Function", "KmsKeyArn"),
        ("AWS::CodeBuild::Project", "EncryptionKey"),
    ],
)
def test_messages_secrets_logs_and_settings_are_encrypted_with_the_key(
    dev: Any, kind: str, member: str
) -> None:
    found = dev.all(kind)
    assert found
    for name, one in found.items():
        assert is_the_key(one[member]), name


def is_the_key(value: Any) -> bool:
    text = json.dumps(value)
    return "Key961B73FD" in text or "foundationkeyarn" in text


def test_the_image_repository_is_encrypted_scanned_and_immutable(dev: Any) -> None:
    (repository,) = dev.all("AWS::ECR::Repository").values()
    assert repository["EncryptionConfiguration"] == {"EncryptionType": "KMS", "KmsKey": KEY}
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert repository["ImageTagMutability"] == "IMMUTABLE"


def test_the_key_rotates(dev: Any) -> None:
    (key,) = dev.all("AWS::KMS::Key").values()
    assert key["EnableKeyRotation"] is True
