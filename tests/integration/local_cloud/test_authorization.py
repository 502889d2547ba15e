"""Requests of SageMaker are authorised on the right resource, and only the random root key is root."""

from typing import Any

import pytest

from local_cloud.emulator import authorization

ARN = "arn:aws:sagemaker:us-east-1:000000000000:"


@pytest.mark.parametrize(
    ("action", "body", "resource"),
    [
        ("CreateTrainingJob", {"TrainingJobName": "a"}, "training-job/a"),
        (
            "DescribeHyperParameterTuningJob",
            {"HyperParameterTuningJobName": "a"},
            "hyper-parameter-tuning-job/a",
        ),
        ("CreateEndpoint", {"EndpointName": "a", "EndpointConfigName": "b"}, "endpoint/a"),
        ("UpdateEndpointWeightsAndCapacities", {"EndpointName": "a"}, "endpoint/a"),
        ("DeleteEndpointConfig", {"EndpointConfigName": "a"}, "endpoint-config/a"),
        ("CreateModelPackageGroup", {"ModelPackageGroupName": "g"}, "model-package-group/g"),
        ("CreateModelPackage", {"ModelPackageGroupName": "g"}, "model-package/g/1"),
        ("DescribeModelPackage", {"ModelPackageName": f"{ARN}model-package/g/3"}, "model-package/g/3"),
        ("UpdateModelPackage", {"ModelPackageArn": f"{ARN}model-package/g/3"}, "model-package/g/3"),
    ],
)
def test_an_action_is_authorised_on_its_resource(action: str, body: dict[str, Any], resource: str) -> None:
    assert authorization.sagemaker_resource(action, "/", body) == f"{ARN}{resource}"


def test_a_list_has_no_resource() -> None:
    assert authorization.sagemaker_resource("ListTrainingJobs", "/", {}) == "*"


def test_an_invocation_is_authorised_on_its_endpoint() -> None:
    assert (
        authorization.sagemaker_resource("InvokeEndpoint", "/endpoints/a%2Db/invocations", {})
        == f"{ARN}endpoint/a-b"
    )


@pytest.mark.parametrize("key", ["", "test", "000000000000"])
def test_well_known_keys_are_not_root(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIADRAWN")
    assert not authorization.is_root_key(key)
    assert authorization.is_root_key("AKIADRAWN")


def test_no_key_is_root_while_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    assert not authorization.is_root_key("")


def test_roles_in_a_request_must_be_passed() -> None:
    role = "arn:aws:iam::000000000000:role/r"
    checks = authorization._further_checks("events", "PutTargets", "*", {"Targets": [{"RoleArn": role}]})
    assert checks == [("iam:PassRole", role, {"iam:PassedToService": "events.amazonaws.com"})]


def test_tags_of_a_new_job_need_their_own_permission() -> None:
    body = {"TrainingJobName": "a", "Tags": [{"Key": "k", "Value": "v"}]}
    checks = authorization._further_checks("sagemaker", "CreateTrainingJob", f"{ARN}training-job/a", body)
    assert ("sagemaker:AddTags", f"{ARN}training-job/a", {}) in checks
