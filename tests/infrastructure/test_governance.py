"""Copies of the audit trail are locked and written by two functions alone; approvals remind people."""

import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def granted(dev: Any, action: str) -> Iterator[tuple[str, str]]:
    """Yield policy and resources of every permission for an action."""
    for name, policy in dev.all("AWS::IAM::Policy").items():
        for one in policy["PolicyDocument"]["Statement"]:
            actions = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
            if action in actions:
                yield name, json.dumps(one["Resource"])


def audit_bucket(dev: Any) -> Json:
    found = [one for name, one in dev.all("AWS::S3::Bucket").items() if "/AuditBucket" in name]
    assert len(found) == 1
    bucket: Json = found[0]
    return bucket


def test_copies_are_locked_for_seven_years(dev: Any) -> None:
    bucket = audit_bucket(dev)
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {
        "Mode": "GOVERNANCE",
        "Days": 2555,
    }


def test_only_copier_and_sweep_write_copies_and_nothing_removes_them(dev: Any) -> None:
    writers = {name for name, where in granted(dev, "s3:PutObject") if "auditbucket" in where.lower()}
    assert len(writers) == 2
    assert all("CopyAudit" in name or "SweepAudit" in name for name in writers)
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert not [name for name, where in granted(dev, action) if "auditbucket" in where.lower()]
    for action in (
        "s3:BypassGovernanceRetention",
        "s3:PutObjectRetention",
        "s3:PutBucketObjectLockConfiguration",
    ):
        assert list(granted(dev, action)) == []


def test_the_tables_changes_are_copied_until_they_are_and_else_go_to_the_dead_letters(dev: Any) -> None:
    (mapping,) = dev.all("AWS::Lambda::EventSourceMapping").values()
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["BisectBatchOnFunctionError"] is True
    assert "deadletters" in json.dumps(mapping["DestinationConfig"]["OnFailure"]).lower()
    [audit] = [one for name, one in dev.all("AWS::DynamoDB::Table").items() if "/Audit" in name]
    assert audit["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_an_approval_waits_in_parts_so_that_people_are_reminded(dev: Any) -> None:
    [states] = [one["States"] for name, one in dev.machines() if "Approval" in name]
    assert states["Wait"]["TimeoutSeconds"] == "{% $wait_seconds %}"
    assert states["Wait"]["Catch"][0] == {"ErrorEquals": ["States.Timeout"], "Next": "Watch"}
    assert [choice["Next"] for choice in states["ByWait"]["Choices"]] == ["Remind", "Wait"]
    assert states["Remind"]["Next"] == "Wait"


def test_a_removed_package_does_not_lose_the_decision(dev: Any) -> None:
    [states] = [one["States"] for name, one in dev.machines() if "Approval" in name]
    caught = states["UpdatePackage"]["Catch"]
    assert [one["Next"] for one in caught] == ["ByStatus", "NotifyFailed"]
    assert caught[0]["Output"] == "{% $states.input %}"


def test_sagemakers_packages_are_followed(dev: Any) -> None:
    rules = [one["EventPattern"] for one in dev.all("AWS::Events::Rule").values() if "EventPattern" in one]
    [pattern] = [one for one in rules if "aws.sagemaker" in one.get("source", ())]
    assert pattern["detail"] == {"ModelPackageGroupName": [{"prefix": "penstock-"}]}


def test_those_who_approve_may_read_captures_and_scientists_may_not(dev: Any) -> None:
    readers = [name for name, where in granted(dev, "s3:GetObject") if "/capture/" in where]
    assert [name for name in readers if "Persona" in name]
    assert not [name for name in readers if "ScientistPersona" in name]


def test_model_cards_follow_every_change_of_a_stage_and_nobody_else_writes_them(dev: Any) -> None:
    rules = [one["EventPattern"] for one in dev.all("AWS::Events::Rule").values() if "EventPattern" in one]
    types = {kind for one in rules if len(one.get("detail-type", ())) > 1 for kind in one["detail-type"]}
    assert {"Model Registered", "Model Refused", "Model Approved", "Model Deployed"} <= types
    for action in ("sagemaker:CreateModelCard", "sagemaker:UpdateModelCard"):
        [(name, where)] = granted(dev, action)
        assert "KeepCard" in name
        assert "model-card/penstock-*" in where
    assert all("ScientistPersona" not in name for name, _ in granted(dev, "sagemaker:UpdateModelPackage"))


def test_a_grant_of_the_key_is_for_aws_alone(dev: Any) -> None:
    found = [
        one
        for policy in dev.all("AWS::IAM::Policy").values()
        for one in policy["PolicyDocument"]["Statement"]
        if one["Action"] == "kms:CreateGrant"
    ]
    assert [one["Condition"] for one in found] == [{"Bool": {"kms:GrantIsForAWSResource": "true"}}]


def test_packages_are_swept_once_a_day(dev: Any) -> None:
    daily = [one for name, one in dev.all("AWS::Events::Rule").items() if "DailySweep" in name]
    assert [one["ScheduleExpression"] for one in daily] == ["rate(1 day)"]
