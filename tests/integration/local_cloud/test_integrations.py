"""Parameters, results and errors of service integrations are those of Step Functions."""

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from local_cloud.emulator import integrations
from local_cloud.emulator.integrations import Resource, TaskError
from local_cloud.emulator.workflow_tasks import error_matches, retry_delay


def resource(arn: str) -> Resource:
    """Parse an integration that exists."""
    parsed = integrations.parse(f"arn:aws:states:::{arn}")
    assert parsed is not None
    return parsed


class Client:
    """Has a service model, as boto3's clients do."""

    def __init__(self, service: str) -> None:
        self.meta = self
        self.service_model = botocore.session.get_session().get_service_model(service)


@pytest.mark.parametrize(
    ("arn", "code", "name"),
    [
        ("dynamodb:putItem", "ConditionalCheckFailedException", "DynamoDB.ConditionalCheckFailedException"),
        (
            "aws-sdk:dynamodb:putItem",
            "ConditionalCheckFailedException",
            "DynamoDb.ConditionalCheckFailedException",
        ),
        ("dynamodb:putItem", "AccessDeniedException", "DynamoDB.AmazonDynamoDBException"),
        ("sagemaker:createTrainingJob", "ResourceInUse", "SageMaker.ResourceInUseException"),
        ("sagemaker:createTrainingJob", "ValidationException", "SageMaker.AmazonSageMakerException"),
        ("aws-sdk:s3:getObject", "NoSuchKey", "S3.NoSuchKeyException"),
        ("aws-sdk:s3:getObject", "SlowDown", "S3.S3Exception"),
        ("aws-sdk:sfn:startExecution", "ExecutionAlreadyExists", "Sfn.ExecutionAlreadyExistsException"),
        ("states:startExecution", "ExecutionAlreadyExists", "StepFunctions.ExecutionAlreadyExistsException"),
        ("lambda:invoke", "ResourceNotFoundException", "Lambda.ResourceNotFoundException"),
        ("lambda:invoke", "AccessDeniedException", "Lambda.AWSLambdaException"),
    ],
)
def test_an_error_has_the_name_of_its_integration(arn: str, code: str, name: str) -> None:
    parsed = resource(arn)
    assert integrations.error_name(parsed, Client(parsed.boto_name), code) == name


def request(arn: str, values: dict[str, Any]) -> Any:
    """Convert parameters of an integration."""
    parsed = resource(arn)
    model = Client(parsed.boto_name).service_model
    shape = model.operation_model(parsed.action[0].upper() + parsed.action[1:]).input_shape
    return integrations.parameters(parsed, values, shape)


def test_parameters_take_the_names_of_the_service() -> None:
    assert request("aws-sdk:sfn:startExecution", {"StateMachineArn": "a", "Input": "{}"}) == {
        "stateMachineArn": "a",
        "input": "{}",
    }


def test_an_optimised_integration_takes_json_where_the_service_takes_text() -> None:
    assert (
        request("states:startExecution", {"StateMachineArn": "a", "Input": {"x": 1}})["input"] == '{"x": 1}'
    )
    entry = request("events:putEvents", {"Entries": [{"Detail": {"x": 1}}]})["Entries"][0]
    assert entry == {"Detail": '{"x": 1}'}
    with pytest.raises(TaskError, match="must be a STRING"):
        request("aws-sdk:eventbridge:putEvents", {"Entries": [{"Detail": {"x": 1}}]})


def test_a_misspelt_parameter_is_refused() -> None:
    with pytest.raises(TaskError, match="'TrainingJobNam' is not supported"):
        request("sagemaker:createTrainingJob", {"TrainingJobNam": "x"})


def test_whole_numbers_of_jsonata_become_integers() -> None:
    assert (
        request("aws-sdk:sqs:receiveMessage", {"QueueUrl": "q", "MaxNumberOfMessages": 3.0})[
            "MaxNumberOfMessages"
        ]
        == 3
    )


def test_a_result_has_pascal_case_and_text_for_times() -> None:
    shape = Client("stepfunctions").service_model.operation_model("StartExecution").output_shape
    answer = {"executionArn": "a", "startDate": datetime(2026, 1, 2, tzinfo=UTC), "ResponseMetadata": {}}
    assert integrations.result(answer, shape) == {
        "ExecutionArn": "a",
        "StartDate": "2026-01-02T00:00:00.000Z",
    }
    assert integrations.result(answer, shape, sdk=False)["StartDate"] == 1767312000000


def test_the_keys_of_a_map_are_data() -> None:
    shape = Client("dynamodb").service_model.operation_model("GetItem").output_shape
    answer = {"Item": {"lower": {"S": "x"}}}
    assert integrations.result(answer, shape) == answer


@pytest.mark.parametrize(
    ("listed", "error", "matches"),
    [
        ("States.ALL", "Anything", True),
        ("States.ALL", "States.Timeout", True),
        ("States.ALL", "States.Runtime", False),
        ("States.ALL", "States.DataLimitExceeded", False),
        ("States.TaskFailed", "Anything", True),
        ("States.TaskFailed", "States.Timeout", False),
        ("States.Timeout", "States.HeartbeatTimeout", True),
        ("States.HeartbeatTimeout", "States.Timeout", False),
        ("States.Runtime", "States.Runtime", True),
    ],
)
def test_reserved_error_names_match_as_documented(listed: str, error: str, matches: bool) -> None:
    assert error_matches([listed], error) is matches


def test_full_jitter_draws_below_the_delay() -> None:
    retrier = {"IntervalSeconds": 4, "BackoffRate": 1, "JitterStrategy": "FULL"}
    drawn = [retry_delay(retrier, 0) for _ in range(50)]
    assert min(drawn) < 2 < max(drawn) <= 4
