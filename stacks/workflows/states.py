"""The few kinds of states that the workflows are made of."""

from __future__ import annotations

from typing import Any

State = dict[str, Any]

PASSING = (
    "Conflict",
    "TransientError",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "TransactionConflictException",
    "EndpointConnectionError",
    "ConnectionClosedError",
    "ReadTimeoutError",
)
"""Errors of functions that may pass by themselves."""

RETRY_FUNCTION = {"ErrorEquals": list(PASSING), "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 4,
                   "JitterStrategy": "FULL"}  # fmt: skip
_RETRY_SERVICE = {
    "ErrorEquals": [
        "SageMaker.ThrottlingException",
        "SageMaker.ResourceLimitExceededException",
        "ThrottlingException",
        "SNS.ThrottledException",
        "EventBridge.InternalException",
        "CloudWatch.InternalServiceFaultException",
    ],
    "IntervalSeconds": 5,
    "BackoffRate": 2.0,
    "MaxAttempts": 5,
    "JitterStrategy": "FULL",
}


def invoke(
    function: str, payload: Any, *, then: str | None, caught_by: str | None = None, output: Any = None,
    assign: dict[str, Any] | None = None,
) -> State:  # fmt: skip
    """Call a function; its answer is the output unless ``output`` says otherwise."""
    return _task(
        "arn:aws:states:::lambda:invoke", {"FunctionName": function, "Payload": payload}, then=then,
        caught_by=caught_by, output="{% $states.result.Payload %}" if output is None else output,
        retry=RETRY_FUNCTION, assign=assign,
    )  # fmt: skip


def call(
    resource: str, arguments: Any, *, then: str | None, caught_by: str | None = None,
    output: Any = "{% $states.input %}", assign: dict[str, Any] | None = None,
) -> State:  # fmt: skip
    """Call a service natively; the input goes on as it is unless ``output`` says otherwise."""
    return _task(f"arn:aws:states:::{resource}", arguments, then=then, caught_by=caught_by, output=output,
                 retry=_RETRY_SERVICE, assign=assign)  # fmt: skip


def publish(
    bus: str, capability: str, event: str, detail: Any, *, then: str | None, caught_by: str | None = None
) -> State:
    """Put an event on the platform's bus."""
    entry = {"EventBusName": bus, "Source": f"penstock.{capability}", "DetailType": event, "Detail": detail}
    return call("events:putEvents", {"Entries": [entry]}, then=then, caught_by=caught_by)


def notify(topic: str, subject: str, message: Any, *, then: str) -> State:
    """Tell the people who subscribed to the topic; a failure to do so does not undo what was done."""
    return call(
        "sns:publish", {"TopicArn": topic, "Subject": subject, "Message": message}, then=then, caught_by=then
    )


def choose(*choices: tuple[str, str], default: str) -> State:
    """Branch on JSONata conditions."""
    rules = [{"Condition": f"{{% {condition} %}}", "Next": target} for condition, target in choices]
    return {"Type": "Choice", "Choices": rules, "Default": default}


def end_well() -> State:
    """End as succeeded."""
    return {"Type": "Succeed"}


def end_badly(error: str, cause: str) -> State:
    """End as failed, after the failure was recorded."""
    return {"Type": "Fail", "Error": error, "Cause": cause}


def machine(comment: str, start: str, states: dict[str, State], *, timeout_seconds: int) -> State:
    """Return a whole definition."""
    return {
        "Comment": comment,
        "QueryLanguage": "JSONata",
        "StartAt": start,
        "TimeoutSeconds": timeout_seconds,
        "States": states,
    }


def _task(
    resource: str, arguments: Any, *, then: str | None, caught_by: str | None, output: Any, retry: State,
    assign: dict[str, Any] | None,
) -> State:  # fmt: skip
    state: State = {
        "Type": "Task",
        "Resource": resource,
        "Arguments": arguments,
        "Output": output,
        "Retry": [retry],
    }
    if assign:
        state["Assign"] = assign
    if caught_by:
        state["Catch"] = [
            {"ErrorEquals": ["States.ALL"], "Next": caught_by, "Output": "{% $states.errorOutput %}"}
        ]
    return state | ({"Next": then} if then else {"End": True})
