"""Deployment: smoke test, model, endpoint, canary under alarms; back to the old version by itself."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State

_REQUEST = "{% $exists($states.input.detail) ? $states.input.detail : $states.input %}"
_MOVING = "$states.input.EndpointStatus in ['Creating', 'Updating', 'SystemUpdating', 'RollingBack']"


def definition(*, plan: str, complete: str, fail: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    failure = {"detail": "{% $request %}", "failure": "{% $states.input %}"}
    story = (
        "{% 'Version ' & $string($states.input.version) & ' of ' & $states.input.use_case"
        " & ': ' & $states.input.outcome & '. ' & $states.input.message %}"
    )
    target = {"EndpointName": "{% $plan.endpoint %}", "EndpointConfigName": "{% $plan.endpoint_config %}"}
    alarm = {
        "Put": states.call("aws-sdk:cloudwatch:putMetricAlarm", "{% $states.input %}", then="Forget"),
        # An alarm of an earlier rollback must not take back this one before it has seen any traffic.
        "Forget": states.call(
            "aws-sdk:cloudwatch:setAlarmState",
            {"AlarmName": "{% $states.input.AlarmName %}", "StateValue": "INSUFFICIENT_DATA",
             "StateReason": "A new rollout begins."},
            then=None,
        ),
    }  # fmt: skip
    again = states.call("sagemaker:createEndpoint", target, then="Wait", caught_by="Fail")
    again["Retry"].append(
        {
            "ErrorEquals": ["SageMaker.AmazonSageMakerException"],
            "IntervalSeconds": 5,
            "MaxAttempts": 12,
            "BackoffRate": 1.0,
        }
    )
    return states.machine(
        "A version goes live.",
        "Request",
        {
            "Request": {"Type": "Pass", "Output": _REQUEST, "Assign": {"request": _REQUEST}, "Next": "Plan"},
            "Plan": states.invoke(
                plan,
                {"detail": "{% $states.input %}", "execution": "{% $states.context.Execution.Id %}"},
                then="SmokeTest",
                caught_by="Fail",
                assign={"plan": "{% $states.result.Payload %}"},
            ),
            "SmokeTest": states.call(
                "sagemaker:createProcessingJob.sync",
                "{% $plan.smoke %}",
                then="CreateModel",
                caught_by="Fail",
            ),
            "CreateModel": states.call(
                "sagemaker:createModel", "{% $plan.model %}", then="CreateConfig", caught_by="Fail"
            ),
            "CreateConfig": states.call(
                "sagemaker:createEndpointConfig", "{% $plan.config %}", then="PutAlarms", caught_by="Fail"
            ),
            "PutAlarms": {
                "Type": "Map",
                "Items": "{% $plan.alarms %}",
                "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Put", "States": alarm},
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Next": "Fail", "Output": "{% $states.errorOutput %}"}
                ],
                "Output": "{% $states.input %}",
                "Next": "ByEndpoint",
            },
            "ByEndpoint": states.choose(
                ("$plan.route = 'update'", "Update"),
                ("$plan.route = 'replace'", "DeleteFailed"),
                default="Create",
            ),
            # An endpoint that never came up can only be deleted.
            "DeleteFailed": states.call(
                "aws-sdk:sagemaker:deleteEndpoint",
                {"EndpointName": "{% $plan.endpoint %}"},
                then="CreateAgain",
                caught_by="Fail",
            ),
            "CreateAgain": again,
            "Create": states.call("sagemaker:createEndpoint", target, then="Wait", caught_by="Fail"),
            "Update": states.call(
                "sagemaker:updateEndpoint", "{% $plan.update %}", then="Wait", caught_by="Fail"
            ),
            "Wait": {"Type": "Wait", "Seconds": "{% $plan.poll_seconds %}", "Next": "Look"},
            "Look": states.call(
                "aws-sdk:sagemaker:describeEndpoint",
                {"EndpointName": "{% $plan.endpoint %}"},
                then="ByProgress",
                caught_by="Fail",
                output=_only("$states.result", "EndpointStatus", "EndpointConfigName", "FailureReason"),
            ),
            "ByProgress": states.choose((_MOVING, "Wait"), default="Complete"),
            "Complete": states.invoke(
                complete,
                {
                    "planned": _only("$plan", "use_case", "version", "endpoint", "endpoint_config"),
                    "described": "{% $states.input %}",
                },
                then="ByOutcome",
                caught_by="Fail",
            ),
            "ByOutcome": states.choose(
                ("$states.input.outcome = 'deployed'", "PublishDeployed"),
                ("$states.input.outcome = 'rolled_back'", "PublishRolledBack"),
                default="PublishFailed",
            ),
            "PublishDeployed": _publish(bus, "Model Deployed", "Deployed"),
            "Deployed": states.end_well(),
            "PublishRolledBack": _publish(bus, "Deployment Rolled Back", "NotifyRolledBack"),
            "NotifyRolledBack": states.notify(
                topic, "Penstock: a rollout was rolled back", story, then="RolledBack"
            ),
            "RolledBack": states.end_well(),
            "Fail": states.invoke(fail, failure, then="PublishFailed", caught_by="Failed"),
            "PublishFailed": states.publish(
                bus, "serving", "Deployment Failed", "{% $states.input %}", then="Notify", caught_by="Failed"
            ),
            "Notify": states.notify(topic, "Penstock: a deployment failed", story, then="Failed"),
            "Failed": states.end_badly(
                "DeploymentFailed", "Recorded with the version; ask for the deployment again."
            ),
        },
        timeout_seconds=12 * 3_600,
    )


def _only(value: str, *names: str) -> str:
    """Return an expression of some members of an object."""
    return f"{{% $sift({value}, function($v, $k) {{ $k in {list(names)} }}) %}}"


def _publish(bus: str, event: str, then: str) -> State:
    return states.publish(bus, "serving", event, "{% $states.input %}", then=then, caught_by="Fail")
