"""State machines run under their own role, with AWS's errors, retries, callbacks and limits."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from local_cloud.lifecycle import Cloud

Json = dict[str, Any]
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:sample-"


def task(resource: str, **more: Any) -> Json:
    """Write a task state that ends its machine."""
    return {"Type": "Task", "Resource": resource, "End": True, **more}


def invocation(name: str, **more: Any) -> Json:
    """Write a task that invokes a function of the sample with its input."""
    given = {"FunctionName": FUNCTION + name, "Payload.$": "$"}
    return task("arn:aws:states:::lambda:invoke", Parameters=given, **more)


@pytest.fixture
def calls(allow: Callable[..., Json]) -> Json:
    """Return the permission to invoke the sample's functions."""
    return allow("lambda:InvokeFunction", f"{FUNCTION}*")


def test_a_function_is_invoked_only_with_permission(workflows: Any, calls: Json) -> None:
    assert workflows.run({"A": invocation("fail")}, calls)["status"] == "SUCCEEDED"
    refused = workflows.run({"A": invocation("fail")})
    assert refused["error"] == "Lambda.AWSLambdaException"
    assert "lambda:InvokeFunction" in refused["cause"]
    refused = workflows.run({"A": task(FUNCTION + "fail")})
    assert refused["error"] == "Lambda.AWSLambdaException"


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"error": "x"}, "TooColdError"),
        ({"exit": 1}, "Runtime.ExitError"),
        ({"sleep": 9}, "Sandbox.Timedout"),
    ],
)
def test_a_failed_function_fails_its_task_by_name(
    workflows: Any, calls: Json, event: Json, error: str
) -> None:
    ended = workflows.run({"A": invocation("fail")}, calls, data=event)
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert json.loads(ended["cause"])["errorType"] == error


def test_a_missing_function_has_its_own_error(workflows: Any, calls: Json) -> None:
    assert workflows.run({"A": invocation("nobody")}, calls)["error"] == "Lambda.ResourceNotFoundException"


def test_a_retrier_repeats_and_a_catcher_catches(workflows: Any, calls: Json) -> None:
    retry = [{"ErrorEquals": ["TooColdError"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}]
    item = f"retry-{time.time()}"
    counted = workflows.run({"A": invocation("count", Retry=retry)}, calls, data={"id": item, "needed": 3})
    assert json.loads(counted["output"])["Payload"] == {"calls": 3}
    catch = [{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.problem", "Next": "B"}]
    states = {"A": invocation("fail", Catch=catch), "B": {"Type": "Pass", "End": True}}
    caught = json.loads(workflows.run(states, calls, data={"error": "boom"})["output"])
    assert caught["problem"]["Error"] == "TooColdError"
    assert caught["error"] == "boom"


def test_an_sdk_integration_yields_pascal_case_and_names_its_errors(
    workflows: Any, allow: Callable[..., Json], outputs: dict[str, str]
) -> None:
    table = outputs["TableName"]
    item = {"id": {"S": f"sdk-{time.time()}"}, "empty": {"Nul": True}}
    given = {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(id)"}
    resource = "arn:aws:states:::aws-sdk:dynamodb:putItem"
    states = {
        "A": task(resource, Parameters=given, ResultPath=None, Next="B"),
        "B": task(resource, Parameters=given),
    }
    del states["A"]["End"]
    ended = workflows.run(states, allow("dynamodb:PutItem", f"arn:aws:dynamodb:*:*:table/{table}"))
    assert ended["error"] == "DynamoDb.ConditionalCheckFailedException"
    states = {"A": task("arn:aws:states:::dynamodb:putItem", Parameters=given)}
    ended = workflows.run(states, allow("dynamodb:PutItem", f"arn:aws:dynamodb:*:*:table/{table}"))
    assert ended["error"] == "DynamoDB.ConditionalCheckFailedException"
    assert workflows.run(states)["error"] == "DynamoDB.AmazonDynamoDBException"


def test_an_unknown_parameter_is_refused(workflows: Any, allow: Callable[..., Json]) -> None:
    states = {"A": task("arn:aws:states:::aws-sdk:ssm:getParameter", Parameters={"Nome": "/x"})}
    ended = workflows.run(states, allow("ssm:GetParameter", "*"))
    assert ended["error"] == "States.Runtime"
    assert "Nome" in ended["cause"]


def test_a_missing_parameter_is_a_validation_error(workflows: Any, allow: Callable[..., Json]) -> None:
    states = {"A": task("arn:aws:states:::aws-sdk:ssm:getParameter", Parameters={})}
    assert workflows.run(states, allow("ssm:GetParameter", "*"))["error"].startswith("Ssm.")


def test_an_object_is_read_as_text(workflows: Any, aws: Any, outputs: dict[str, str], allow: Any) -> None:
    aws("s3").put_object(Bucket=outputs["BucketName"], Key="a/b.json", Body=b'{"x": 1}')
    parameters = {"Bucket": outputs["BucketName"], "Key": "a/b.json"}
    selector = {"value.$": "States.StringToJson($.Body)"}
    states = {
        "A": task("arn:aws:states:::aws-sdk:s3:getObject", Parameters=parameters, ResultSelector=selector)
    }
    ended = workflows.run(states, allow("s3:GetObject", f"arn:aws:s3:::{outputs['BucketName']}/*"))
    assert json.loads(ended["output"]) == {"value": {"x": 1}}
    missing = {"A": task("arn:aws:states:::aws-sdk:s3:getObject", Parameters={**parameters, "Key": "a/c"})}
    ended = workflows.run(missing, allow(["s3:GetObject", "s3:ListBucket"], "*"))
    assert ended["error"] == "S3.NoSuchKeyException"


def test_a_callback_is_answered_once(
    workflows: Any, aws: Any, allow: Any, eventually: Callable[..., Any]
) -> None:
    queue = aws("sqs").create_queue(QueueName=f"callback-{int(time.time())}")["QueueUrl"]
    parameters = {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}}
    states = {"A": task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters=parameters)}
    execution = workflows.start(workflows.create(states, allow("sqs:SendMessage", "*")))
    messages = eventually(lambda: aws("sqs").receive_message(QueueUrl=queue).get("Messages"))
    token = json.loads(messages[0]["Body"])["token"]
    workflows.sfn.send_task_success(taskToken=token, output='{"approved": true}')
    with pytest.raises(workflows.sfn.exceptions.TaskTimedOut):
        workflows.sfn.send_task_success(taskToken=token, output="{}")
    assert json.loads(workflows.end(execution)["output"]) == {"approved": True}
    with pytest.raises(workflows.sfn.exceptions.InvalidToken):
        workflows.sfn.send_task_success(taskToken="foreign", output="{}")


def test_a_callback_fails_when_its_call_fails(workflows: Any, calls: Json) -> None:
    given = {"FunctionName": FUNCTION + "fail", "Payload": {"error": "no", "token.$": "$$.Task.Token"}}
    states = {
        "A": task("arn:aws:states:::lambda:invoke.waitForTaskToken", Parameters=given, TimeoutSeconds=20)
    }
    assert workflows.run(states, calls)["error"] == "TooColdError"


@pytest.mark.parametrize(
    ("field", "error"),
    [("TimeoutSeconds", "States.Timeout"), ("HeartbeatSeconds", "States.HeartbeatTimeout")],
)
def test_a_callback_does_not_wait_for_ever(
    workflows: Any, aws: Any, allow: Any, field: str, error: str
) -> None:
    topic = aws("sns").create_topic(Name="waiting")["TopicArn"]
    parameters = {"TopicArn": topic, "Message": {"token.$": "$$.Task.Token"}}
    resource = "arn:aws:states:::sns:publish.waitForTaskToken"
    ended = workflows.run(
        {"A": task(resource, Parameters=parameters, **{field: 1})}, allow("sns:Publish", topic)
    )
    assert ended["error"] == error


def test_a_machine_waits_for_another(workflows: Any, allow: Any) -> None:
    inner = workflows.create({"P": {"Type": "Pass", "Result": {"inner": 1}, "End": True}})
    given = {"StateMachineArn": inner, "Input": {"from.$": "$$.Execution.Name"}}
    states = {"A": task("arn:aws:states:::states:startExecution.sync:2", Parameters=given)}
    execution = inner.replace(":stateMachine:", ":execution:") + ":*"
    rule = "arn:aws:events:us-east-1:000000000000:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
    permissions = [
        allow("states:StartExecution", inner),
        allow(["states:DescribeExecution", "states:StopExecution"], execution),
        allow(["events:PutTargets", "events:PutRule", "events:DescribeRule"], rule),
    ]
    ended = workflows.run(states, *permissions)
    assert ended["status"] == "SUCCEEDED", ended["cause"]
    assert json.loads(ended["output"])["Output"] == {"inner": 1}
    without_rule = workflows.run(states, *permissions[:2])
    assert "managed-rule" in without_rule["cause"]


def test_stopping_an_execution_stops_what_it_waits_for(workflows: Any, allow: Any, eventually: Any) -> None:
    inner = workflows.create({"W": {"Type": "Wait", "Seconds": 60, "End": True}})
    states = {
        "A": task("arn:aws:states:::states:startExecution.sync:2", Parameters={"StateMachineArn": inner})
    }
    execution = workflows.start(workflows.create(states, allow(["states:*", "events:*"], "*")))
    child = eventually(lambda: workflows.sfn.list_executions(stateMachineArn=inner)["executions"])[0]
    workflows.sfn.stop_execution(executionArn=execution, error="Enough", cause="by a test")
    assert workflows.end(execution)["status"] == "ABORTED"
    assert workflows.end(child["executionArn"])["status"] == "ABORTED"


def test_a_machine_has_a_timeout_of_its_own(workflows: Any) -> None:
    ended = workflows.run({"W": {"Type": "Wait", "Seconds": 60, "End": True}}, TimeoutSeconds=1)
    assert ended["status"] == "TIMED_OUT"


def test_a_failing_branch_ends_its_siblings(workflows: Any) -> None:
    slow = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    bad = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad", "Cause": "told"}}}
    started = time.monotonic()
    ended = workflows.run({"P": {"Type": "Parallel", "Branches": [slow, bad], "End": True}})
    assert (ended["error"], ended["cause"]) == ("Bad", "told")
    assert time.monotonic() - started < 10


def test_a_map_keeps_the_order_and_its_history_shows_the_items(workflows: Any) -> None:
    item = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    state = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 2,
        "ItemSelector": {"value.$": "$$.Map.Item.Value", "all.$": "$.name"},
        "ItemProcessor": item,
        "End": True,
    }
    execution = workflows.start(workflows.create({"M": state}), {"items": [3, 1, 2], "name": "n"})
    output = json.loads(workflows.end(execution)["output"])
    assert output == [{"value": value, "all": "n"} for value in (3, 1, 2)]
    kinds = [event["type"] for event in workflows.events(execution)]
    assert kinds.count("MapIterationSucceeded") == 3
    assert kinds.count("PassStateEntered") == 3


def test_jsonata_reaches_every_state(workflows: Any) -> None:
    branch = {
        "StartAt": "B",
        "States": {"B": {"Type": "Pass", "Output": "{% $states.input.n * $factor %}", "End": True}},
    }
    states = {
        "A": {
            "Type": "Pass",
            "Assign": {"factor": 3},
            "Output": {"n": "{% $states.input.n + 1 %}"},
            "Next": "P",
        },
        "P": {"Type": "Parallel", "Branches": [branch], "Output": "{% $sum($states.result) %}", "Next": "C"},
        "C": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input > 5 %}", "Next": "S"}],
            "Default": "F",
        },
        "S": {"Type": "Succeed", "Output": {"big": "{% $states.input %}"}},
        "F": {"Type": "Fail"},
    }
    ended = workflows.run(states, QueryLanguage="JSONata", data={"n": 1})
    assert json.loads(ended["output"]) == {"big": 6}


def test_a_throttled_call_is_retried_by_its_retrier(
    cloud: Cloud, workflows: Any, outputs: dict[str, str], allow: Callable[..., Json]
) -> None:
    error = "ProvisionedThroughputExceededException"
    cloud.admin("faults", {"service": "dynamodb", "action": "PutItem", "error": error, "count": 2})
    retry = [{"ErrorEquals": [f"DynamoDB.{error}"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1}]
    parameters = {"TableName": outputs["TableName"], "Item": {"id": {"S": "throttled"}}}
    states = {"A": task("arn:aws:states:::dynamodb:putItem", Parameters=parameters, Retry=retry)}
    execution = workflows.start(workflows.create(states, allow("dynamodb:PutItem", "*")))
    assert workflows.end(execution)["status"] == "SUCCEEDED"
    kinds = [event["type"] for event in workflows.events(execution)]
    assert kinds.count("TaskFailed") == 2


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            {"Type": "Pass", "Parameters": {"a.$": "$.nowhere"}, "End": True},
            "'$.nowhere' specified for the field 'a.$'",
        ),
        ({"Type": "Pass", "InputPath": "$.nowhere", "End": True}, "InputPath"),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "A"}]},
            "references an invalid value",
        ),
        ({"Type": "Pass", "Parameters": {"a.$": "States.Format('{}', $.y)"}, "End": True}, "$.y"),
    ],
)
def test_a_path_that_leads_nowhere_is_an_error(workflows: Any, state: Json, message: str) -> None:
    ended = workflows.run({"A": state}, data={"there": 1})
    assert ended["error"] == "States.Runtime"
    assert message in ended["cause"]


def test_a_broken_definition_is_refused(workflows: Any) -> None:
    with pytest.raises(workflows.sfn.exceptions.InvalidDefinition, match="Missing 'Next' target: B"):
        workflows.create({"A": {"Type": "Pass", "Next": "B"}})


def test_a_role_must_be_passed(workflows: Any, allow: Callable[..., Json]) -> None:
    role = workflows.role("sagemaker.amazonaws.com")
    given = {"ModelName": "m", "ExecutionRoleArn": role, "PrimaryContainer": {"Image": "i"}}
    states = {"A": task("arn:aws:states:::sagemaker:createModel", Parameters=given)}
    ended = workflows.run(states, allow("sagemaker:CreateModel", "*"))
    assert ended["error"] == "SageMaker.AmazonSageMakerException"
    assert "iam:PassRole" in ended["cause"]
