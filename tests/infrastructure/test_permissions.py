"""Least privilege: a role each, and no wildcard beyond what AWS leaves no choice about."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from stacks import staging
from stacks.settings import Settings

Json = dict[str, Any]

# Actions that know no resource, and those that Step Functions' log delivery and tracing take.
WITHOUT_RESOURCE = {
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "sagemaker:ListModelCards",
    "sagemaker:ListModelPackageGroups",
    "sagemaker:ListModelPackages",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# CDK's own grants of CodeBuild's source and key.
OF_THE_IMAGE_BUILD = {"s3:GetObject*", "s3:GetBucket*", "s3:List*", "kms:GenerateDataKey*", "kms:ReEncrypt*"}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(dev: Any) -> Iterator[tuple[str, Json]]:
    for name, policy in dev.all("AWS::IAM::Policy").items():
        for statement in policy["PolicyDocument"]["Statement"]:
            yield name, statement
    for name, role in dev.all("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def test_no_permission_has_an_action_with_a_wildcard(dev: Any) -> None:
    for name, statement in statements(dev):
        wild = {action for action in as_list(statement["Action"]) if "*" in action}
        assert wild <= (OF_THE_IMAGE_BUILD if "ImageProject" in name else set()), name


def test_all_resources_are_allowed_only_to_actions_that_know_none(dev: Any) -> None:
    allowed = set()
    for name, statement in statements(dev):
        if "*" in as_list(statement["Resource"]):
            assert set(as_list(statement["Action"])) <= WITHOUT_RESOURCE, name
            allowed |= set(as_list(statement["Action"]))
    assert allowed == WITHOUT_RESOURCE


def test_no_permission_is_for_all_but_something(dev: Any) -> None:
    for name, statement in statements(dev):
        assert not {"NotAction", "NotResource"} & set(statement), name


def test_no_managed_policy_of_aws_is_used(dev: Any) -> None:
    for name, role in dev.all("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role, name


def test_every_function_and_every_workflow_has_a_role_of_its_own(dev: Any) -> None:
    roles = [json.dumps(one["Role"]) for one in dev.all("AWS::Lambda::Function").values()]
    roles += [json.dumps(one["RoleArn"]) for one in dev.all("AWS::StepFunctions::StateMachine").values()]
    assert [role for role, count in Counter(roles).items() if count > 1] == []


def test_a_role_is_passed_to_one_service_alone(dev: Any) -> None:
    passed = [one for _, one in statements(dev) if "iam:PassRole" in as_list(one["Action"])]
    services = Counter(one["Condition"]["StringEquals"]["iam:PassedToService"] for one in passed)
    assert set(services) == {"sagemaker.amazonaws.com", "scheduler.amazonaws.com"}
    assert services["scheduler.amazonaws.com"] == 2
    for statement in passed:
        assert statement["Action"] == "iam:PassRole"
        assert list(statement["Condition"]) == ["StringEquals"]
        assert "*" not in json.dumps(statement["Resource"])


def test_nothing_but_this_account_and_aws_services_may_assume_a_role(dev: Any) -> None:
    for name, role in dev.all("AWS::IAM::Role").items():
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            (principal,) = statement["Principal"].items()
            assert principal[0] == "Service" or "AWS::AccountId" in json.dumps(principal[1]), name


def test_a_person_cannot_assume_a_role_under_another_name(dev: Any) -> None:
    personas = {name: one for name, one in dev.all("AWS::IAM::Role").items() if "Personas" in name}
    assert len(personas) == 3
    for role in personas.values():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"] == {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}


def test_people_read_the_logs_of_their_own_environment_alone(dev: Any) -> None:
    resources = [
        json.dumps(resource)
        for name, one in statements(dev)
        if "logs:FilterLogEvents" in as_list(one["Action"])
        for resource in as_list(one["Resource"])
    ]
    assert resources
    assert all(":log-group:*Penstock-dev-*" in one or "/aws/sagemaker/*" in one for one in resources)


def test_data_are_deleted_by_three_roles_alone_each_its_own(dev: Any) -> None:
    deleting = {
        name.partition("/")[2].partition("Role")[0]: as_list(one["Resource"])
        for name, one in statements(dev)
        if {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteObject*"} & set(as_list(one["Action"]))
        and "CustomS3AutoDelete" not in name
    }
    assert sorted(deleting) == ["FeaturesErase", "FeaturesPurge", "RetentionRemove"]
    places = {
        role: {re.findall(r"[a-z/]+/\*", json.dumps(one))[0] for one in resources}
        for role, resources in deleting.items()
    }
    assert places["FeaturesErase"] == {"/features/*", "/requests/erasures/*"}
    assert places["FeaturesPurge"] == {"/features/*"}


def granted(dev: Any, role: str, service: str) -> dict[str, str]:
    """Return the actions on a service that a role of the data or serving stack has, with the resources."""
    return {
        action: json.dumps(statement["Resource"])
        for name, statement in statements(dev)
        if name.partition("/")[2].startswith(role)
        for action in as_list(statement["Action"])
        if action.startswith(f"{service}:")
    }


def test_who_reads_features_online_reads_them_and_nothing_else(dev: Any) -> None:
    (table,) = {*granted(dev, "EndpointRole", "dynamodb").items()}
    assert table[0] == "dynamodb:BatchGetItem"
    assert "online" in table[1]
    reading = granted(dev, "GetFeaturesRole", "dynamodb")
    assert set(reading) == {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}
    assert not granted(dev, "GetFeaturesRole", "s3")


def test_the_features_job_cannot_delete_what_it_has_written_offline(dev: Any) -> None:
    actions = {*granted(dev, "FeaturesJobRole", "s3"), *granted(dev, "FeaturesJobRole", "dynamodb")}
    assert actions == {
        "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject", "s3:AbortMultipartUpload",
        "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:DeleteItem",
    }  # fmt: skip


def test_a_workflow_starts_children_of_its_own_alone(dev: Any) -> None:
    (children,) = [one for name, one in dev.all("AWS::IAM::Policy").items() if "BackfillChildren" in name]
    start, watch = children["PolicyDocument"]["Statement"]
    assert (start["Action"], list(start["Resource"])) == ("states:StartExecution", ["Ref"])
    assert "BackfillMachine" in start["Resource"]["Ref"]
    assert watch["Action"] == ["states:DescribeExecution", "states:StopExecution"]
    assert json.dumps(watch["Resource"]).count("BackfillMachine") == 1


def test_a_tracking_server_of_sagemaker_is_granted_to_the_one_function_that_writes_to_it() -> None:
    from aws_cdk import App
    from aws_cdk.assertions import Template

    from stacks.training import Training

    arn = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/team"
    with staging.alone():
        settings = Settings(environment="dev", mlflow_tracking=arn)
        stack = Training(App(), "Training", settings=settings)
        policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    granted = {
        name: statement
        for name, policy in policies.items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Resource"] == arn
    }
    [(name, statement)] = granted.items()
    assert name.startswith("TrainingRegister")
    assert {action.split(":")[0] for action in statement["Action"]} == {"sagemaker-mlflow"}


def test_imported_models_are_written_by_scientists_alone_and_read_by_the_job(dev: Any) -> None:
    having: dict[str, set[str]] = {}
    for name, statement in statements(dev):
        if "/imports/*" in json.dumps(statement.get("Resource")):
            having.setdefault(name.partition("/")[2], set()).update(as_list(statement["Action"]))
    writers = {name for name, actions in having.items() if "s3:PutObject" in actions}
    assert [name for name in writers if "Scientist" not in name] == []
    assert len(writers) == 1
    assert [name for name in having if name.startswith("TrainingJob")] != []
