"""Events reach their targets under the target's role, and what cannot be delivered is kept."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

Json = dict[str, Any]


def arrivals(workflows: Any, key: str) -> list[Json]:
    """Return the inputs of the executions that an object's event has started."""
    machine = "arn:aws:states:us-east-1:000000000000:stateMachine:sample-arrival"
    listed = workflows.sfn.list_executions(stateMachineArn=machine)["executions"]
    inputs = [workflows.sfn.describe_execution(executionArn=one["executionArn"])["input"] for one in listed]
    return [event for event in map(json.loads, inputs) if event["detail"]["object"]["key"] == key]


@pytest.mark.parametrize("key", ["in/plain.csv", "in/with space & ünïcode+plus%.csv"])
def test_an_object_starts_a_workflow_with_the_event_of_aws(
    workflows: Any, aws: Any, outputs: dict[str, str], eventually: Callable[..., Any], key: str
) -> None:
    put = aws("s3").put_object(Bucket=outputs["BucketName"], Key=key, Body=b"abc")
    event = eventually(lambda: arrivals(workflows, key))[0]
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert event["resources"] == [f"arn:aws:s3:::{outputs['BucketName']}"]
    assert time.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ")
    stored = event["detail"]["object"]
    assert stored["version-id"] == put["VersionId"]
    assert (stored["size"], stored["etag"]) == (3, put["ETag"].strip('"'))
    assert int(stored["sequencer"], 16) > 0
    assert event["detail"]["reason"] == "PutObject"


@pytest.fixture
def queue(aws: Any) -> tuple[str, str]:
    """Create a queue that EventBridge may send to; return its address and ARN."""
    sqs, name = aws("sqs"), f"events-{uuid.uuid4().hex[:8]}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    return url, arn


def put_rule(aws: Any, source: str, target: Json) -> None:
    """Send all events of a source to a target."""
    name = f"rule-{uuid.uuid4().hex[:8]}"
    aws("events").put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
    aws("events").put_targets(Rule=name, Targets=[{"Id": "t", **target}])


def emit(aws: Any, source: str, detail: Json) -> None:
    """Put one event."""
    entry = {"Source": source, "DetailType": "Test", "Detail": json.dumps(detail)}
    assert aws("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def receive(aws: Any, url: str, eventually: Callable[..., Any]) -> Json:
    """Return the next message of a queue."""

    def ask() -> list[Json]:
        found: list[Json] = (
            aws("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])
        )
        return found

    return dict(eventually(ask)[0])


def test_an_input_transformer_shapes_what_a_target_receives(aws: Any, queue: Any, eventually: Any) -> None:
    transformer = {
        "InputPathsMap": {"n": "$.detail.n"},
        "InputTemplate": '{"number": <n>, "text": "n is <n>"}',
    }
    put_rule(aws, "test.transform", {"Arn": queue[1], "InputTransformer": transformer})
    emit(aws, "test.transform", {"n": 7})
    assert json.loads(receive(aws, queue[0], eventually)["Body"]) == {"number": 7, "text": "n is 7"}


def test_what_a_role_may_not_start_lands_in_the_dead_letter_queue(
    aws: Any, queue: Any, workflows: Any, eventually: Any
) -> None:
    machine = workflows.create({"P": {"Type": "Pass", "End": True}})
    role = workflows.role("events.amazonaws.com")
    put_rule(aws, "test.refused", {"Arn": machine, "RoleArn": role, "DeadLetterConfig": {"Arn": queue[1]}})
    emit(aws, "test.refused", {"lost": False})
    message = receive(aws, queue[0], eventually)
    assert json.loads(message["Body"])["detail"] == {"lost": False}
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "AccessDeniedException"
    assert attributes["TARGET_ARN"] == machine


def test_a_queue_must_allow_eventbridge(aws: Any, queue: Any, eventually: Any) -> None:
    closed = aws("sqs").create_queue(QueueName=f"closed-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{closed.rsplit('/', 1)[-1]}"
    put_rule(aws, "test.closed", {"Arn": arn, "DeadLetterConfig": {"Arn": queue[1]}})
    emit(aws, "test.closed", {})
    receive(aws, queue[0], eventually)
    assert "Messages" not in aws("sqs").receive_message(QueueUrl=closed)


def test_an_event_is_forwarded_to_another_bus(
    aws: Any, queue: Any, workflows: Any, allow: Any, eventually: Any
) -> None:
    name = f"bus-{uuid.uuid4().hex[:8]}"
    bus = aws("events").create_event_bus(Name=name)["EventBusArn"]
    aws("events").put_rule(Name="all", EventBusName=name, EventPattern='{"source": ["test.forward"]}')
    aws("events").put_targets(Rule="all", EventBusName=name, Targets=[{"Id": "t", "Arn": queue[1]}])
    role = workflows.role("events.amazonaws.com", allow("events:PutEvents", bus))
    put_rule(aws, "test.forward", {"Arn": bus, "RoleArn": role})
    emit(aws, "test.forward", {"over": "there"})
    assert json.loads(receive(aws, queue[0], eventually)["Body"])["detail"] == {"over": "there"}


def test_a_schedule_fires_under_its_role(aws: Any, workflows: Any, allow: Any, eventually: Any) -> None:
    machine = workflows.create({"P": {"Type": "Pass", "End": True}})
    role = workflows.role("scheduler.amazonaws.com", allow("states:StartExecution", machine))
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 2))
    aws("scheduler").create_schedule(
        Name=f"s-{uuid.uuid4().hex[:8]}",
        ScheduleExpression=f"at({moment})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": machine, "RoleArn": role, "Input": '{"from": "schedule"}'},
    )
    started = eventually(lambda: workflows.sfn.list_executions(stateMachineArn=machine)["executions"])
    described = workflows.sfn.describe_execution(executionArn=started[0]["executionArn"])
    assert json.loads(described["input"]) == {"from": "schedule"}


def test_an_ended_execution_emits_its_status(aws: Any, queue: Any, workflows: Any, eventually: Any) -> None:
    machine = workflows.create({"F": {"Type": "Fail", "Error": "Known", "Cause": "told"}})
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine], "status": ["FAILED"]}}
    name = f"rule-{uuid.uuid4().hex[:8]}"
    aws("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule=name, Targets=[{"Id": "t", "Arn": queue[1]}])
    workflows.start(machine)
    detail = json.loads(receive(aws, queue[0], eventually)["Body"])["detail"]
    assert (detail["error"], detail["cause"]) == ("Known", "told")


def test_an_alarm_watches_its_own_dimensions_and_tells(aws: Any, queue: Any, eventually: Any) -> None:
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    mine = [{"Name": "Variant", "Value": "new"}]
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName=name,
        Dimensions=mine,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=3,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name], "state": {"value": ["ALARM"]}}}
    aws("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule=name, Targets=[{"Id": "t", "Arn": queue[1]}])
    other = [{"Name": "Variant", "Value": "old"}]
    put = aws("cloudwatch").put_metric_data
    put(Namespace="Test", MetricData=[{"MetricName": name, "Dimensions": other, "Value": 100}])
    assert state(aws, name) != "ALARM"
    put(Namespace="Test", MetricData=[{"MetricName": name, "Dimensions": mine, "Value": 3}])
    assert json.loads(receive(aws, queue[0], eventually)["Body"])["detail"]["alarmName"] == name
    assert state(aws, name) == "ALARM"


def state(aws: Any, name: str) -> str:
    """Return an alarm's state."""
    return str(aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])
