"""Finding the platform, asking its functions, and the requests of its jobs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from penstock.errors import NotFound, PenstockError, SegregationOfDuties, TransientError
from penstock.platform import JobSettings, Platform, Source, processing_job

REGION = "eu-west-1"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.Session("testing", "testing", region_name=REGION)


def deploy(session: boto3.Session) -> None:
    parameters = {
        "foundation/landing_bucket": "land",
        "foundation/lake_bucket": "lake",
        "foundation/bus_name": "bus",
        "repositories/models": "models-1",
        "workflows/training": "arn:t",
        "functions/decide_approval": "decide",
        "roles/approver": "arn:r",
    }
    for number in range(15):
        parameters[f"functions/more_{number}"] = f"f{number}"
    for name, value in parameters.items():
        session.client("ssm").put_parameter(Name=f"/penstock/dev/{name}", Value=value, Type="String")
    session.client("ssm").put_parameter(Name="/penstock/prod/functions/x", Value="y", Type="String")


def test_a_deployed_platform_is_found_by_its_parameters(session: boto3.Session) -> None:
    deploy(session)
    platform = Platform.discover(session)
    assert platform.buckets == {"landing": "land", "lake": "lake"}
    assert (platform.tables, platform.workflows, platform.roles) == (
        {"models": "models-1"},
        {"training": "arn:t"},
        {"approver": "arn:r"},
    )
    assert len(platform.functions) == 16
    assert platform.lake.uri == "s3://lake"
    with pytest.raises(NotFound, match="modules"):
        _ = platform.artifacts
    with pytest.raises(NotFound, match="models"):
        platform.items("approvals")


def test_a_platform_that_is_not_there_says_how_to_get_it(session: boto3.Session) -> None:
    with pytest.raises(NotFound, match="penstock up"):
        Platform.discover(session, "dev")


class Lambda:
    """A Lambda client with one answer."""

    def __init__(self, answer: Any, *, error: bool = False) -> None:
        self.answer, self.error = answer, error
        self.sent: dict[str, Any] = {}

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.sent = {**request, "Payload": json.loads(request["Payload"])}
        body = {"Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return {**body, "FunctionError": "Unhandled"} if self.error else body


def platform(function: Lambda) -> Platform:
    real = boto3.Session("AK", "secret", region_name=REGION)
    session = SimpleNamespace(
        client=lambda service: function if service == "lambda" else real.client(service),
        get_credentials=real.get_credentials,
    )
    return Platform(session, "dev", {"functions/decide_approval": "decide"})


def test_a_call_carries_payload_and_proof() -> None:
    function = Lambda({"status": "approved"})
    assert platform(function).call("decide_approval", {"decision": "approve"}) == {"status": "approved"}
    assert function.sent["FunctionName"] == "decide"
    assert function.sent["Payload"]["payload"] == {"decision": "approve"}
    assert "x-penstock-digest" in function.sent["Payload"]["proof"]["Authorization"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"errorType": "SegregationOfDuties", "errorMessage": "not you"}, SegregationOfDuties),
        ({"errorType": "KeyError", "errorMessage": "x"}, TransientError),
        ({"errorType": "annotations", "errorMessage": "x"}, TransientError),
        ({"errorMessage": "timed out"}, TransientError),
        (None, TransientError),
    ],
)
def test_a_functions_error_comes_back_as_what_it_was(answer: Any, kind: type[PenstockError]) -> None:
    with pytest.raises(PenstockError) as raised:
        platform(Lambda(answer, error=True)).call("decide_approval", {})
    assert type(raised.value) is kind
    if answer:
        assert answer["errorMessage"] in str(raised.value)


def test_an_unknown_function_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match="decide_approval"):
        platform(Lambda({})).call("nope", {})


def test_inputs_keep_their_folders_though_names_allow_no_slash() -> None:
    request = processing_job(
        JobSettings(image="i", role="r", key="k"),
        name="n",
        job="prepare",
        instance="ml.m5.large",
        sources=[Source("features/customer_history", "s3://b/f"), Source("data", "s3://b/m", manifest=True)],
        outputs={"features/customer_history": "s3://b/o"},
        environment={"A": "1"},
    )
    features, data = request["ProcessingInputs"]
    assert features["InputName"] == "features-customer-history"
    assert features["S3Input"]["LocalPath"] == "/opt/ml/processing/input/features/customer_history"
    assert (features["S3Input"]["S3DataType"], data["S3Input"]["S3DataType"]) == ("S3Prefix", "ManifestFile")
    (output,) = request["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["LocalPath"] == "/opt/ml/processing/output/features/customer_history"
    assert request["AppSpecification"]["ContainerArguments"] == ["prepare"]
