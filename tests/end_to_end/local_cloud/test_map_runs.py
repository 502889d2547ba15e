"""A distributed Map runs each item as an execution of its own, under AWS's rules."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

Json = dict[str, Any]
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:sample-"
MACHINES = "arn:aws:states:*:*:stateMachine:test-*"


@pytest.fixture
def start(allow: Callable[..., Json]) -> Json:
    """Return the permission to start the children."""
    return allow("states:StartExecution", MACHINES)


def distributed(*, inner: Json | None = None, **more: Any) -> Json:
    """Write a distributed Map whose children add one to their input."""
    one = {"Type": "Pass", "Output": "{% $states.input + 1 %}", "End": True}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One",
        "States": {"One": inner or one},
    }
    return {
        "Type": "Map",
        "Items": "{% $states.input.numbers %}",
        "ItemProcessor": processor,
        "End": True,
        **more,
    }


def run(workflows: Any, state: Json, *statements: Json, numbers: Any = (1, 2, 3)) -> Json:
    """Run a Map to its end."""
    data = {"numbers": list(numbers)}
    found: Json = workflows.run({"Each": state}, *statements, data=data, QueryLanguage="JSONata")
    return found


def children(workflows: Any, execution: str) -> list[Json]:
    """Return the children of an execution's map runs."""
    runs = workflows.sfn.list_map_runs(executionArn=execution)["mapRuns"]
    listed = [workflows.sfn.list_executions(mapRunArn=one["mapRunArn"])["executions"] for one in runs]
    return [child for some in listed for child in some]


def test_each_item_is_an_execution_and_the_outputs_come_in_order(workflows: Any, start: Json) -> None:
    ended = run(workflows, distributed(MaxConcurrency=2), start)
    assert json.loads(ended["output"]) == [2, 3, 4]
    found = children(workflows, ended["executionArn"])
    assert [one["status"] for one in found] == ["SUCCEEDED"] * 3
    assert {workflows.sfn.describe_execution(executionArn=one["executionArn"])["input"] for one in found} == {
        "1", "2", "3",
    }  # fmt: skip
    (map_run,) = workflows.sfn.list_map_runs(executionArn=ended["executionArn"])["mapRuns"]
    counts = workflows.sfn.describe_map_run(mapRunArn=map_run["mapRunArn"])["itemCounts"]
    assert (counts["total"], counts["succeeded"], counts["pending"], counts["running"]) == (3, 3, 0, 0)


def test_the_role_must_be_allowed_to_start_executions_of_its_own_machine(workflows: Any) -> None:
    ended = run(workflows, distributed())
    assert ended["status"] == "FAILED"
    assert "states:StartExecution" in ended["cause"]


def test_items_are_read_from_an_object_with_the_roles_permission(
    workflows: Any, start: Json, allow: Callable[..., Json], aws: Any, outputs: dict[str, str]
) -> None:
    bucket = outputs["BucketName"]
    aws("s3").put_object(Bucket=bucket, Key="items.json", Body=b"[10, 20]")
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {"Bucket": bucket, "Key": "{% $states.context.Execution.Input.key %}"},
    }
    state = distributed(ItemReader=reader)
    del state["Items"]
    read = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    data, language = {"key": "items.json"}, {"QueryLanguage": "JSONata"}
    assert json.loads(workflows.run({"A": state}, start, read, data=data, **language)["output"]) == [11, 21]
    refused = workflows.run({"A": state}, start, data=data, **language)
    assert refused["error"] == "States.ItemReaderFailed"


def test_items_are_selected_and_put_together(workflows: Any, start: Json) -> None:
    inner = {
        "Type": "Pass",
        "Output": "{% $sum($states.input.Items.n) + $states.input.BatchInput.more %}",
        "End": True,
    }
    more = {
        "ItemSelector": {"n": "{% $states.context.Map.Item.Value * 10 %}"},
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"more": 1}},
    }
    assert json.loads(run(workflows, distributed(inner=inner, **more), start)["output"]) == [31, 31]


def test_children_know_no_variables_of_the_machine_around_them(workflows: Any, start: Json) -> None:
    inner = {"Type": "Pass", "Output": "{% $exists($seen) %}", "End": True}
    states = {
        "First": {"Type": "Pass", "Assign": {"seen": 1}, "Output": {"numbers": [1]}, "Next": "Each"},
        "Each": distributed(inner=inner),
    }
    ended = workflows.run(states, start, QueryLanguage="JSONata")
    assert json.loads(ended["output"]) == [False]


def test_one_failed_child_fails_the_map_unless_it_is_tolerated(workflows: Any, start: Json) -> None:
    inner = {"Type": "Fail", "Error": "Bad", "Cause": "always"}
    ended = run(workflows, distributed(inner=inner), start)
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    assert {one["status"] for one in children(workflows, ended["executionArn"])} == {"FAILED"}
    caught = [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": "Told"}]
    state = {**distributed(inner=inner, Catch=caught), "Next": "Told"}
    del state["End"]
    ended = workflows.run({"Each": state, "Told": {"Type": "Succeed"}}, start, data={"numbers": [1]},
                          QueryLanguage="JSONata")  # fmt: skip
    assert json.loads(ended["output"]) == "States.ExceedToleratedFailureThreshold"
    tolerant = run(workflows, distributed(inner=inner, ToleratedFailurePercentage=100), start)
    assert json.loads(tolerant["output"]) == []


def test_children_end_when_the_workflow_around_them_is_stopped(workflows: Any, start: Json) -> None:
    state = distributed(inner={"Type": "Wait", "Seconds": 60, "End": True})
    arn = workflows.start(
        workflows.create({"Each": state}, start, QueryLanguage="JSONata"), {"numbers": [1, 2]}
    )
    deadline = time.monotonic() + 10
    while len(children(workflows, arn)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workflows.sfn.stop_execution(executionArn=arn)
    while {one["status"] for one in children(workflows, arn)} != {"ABORTED"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
