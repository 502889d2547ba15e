"""Approval: by the risk tier, a person or nobody decides on a registered version."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State

_DAY = 24 * 3_600
_LOST_PACKAGE = {
    # A package that somebody has removed: the decision stands without it.
    "ErrorEquals": ["SageMaker.SageMakerException", "SageMaker.ValidationException"],
    "Next": "ByStatus",
    "Output": "{% $states.input %}",
}


def definition(*, open_: str, ask: str, close: str, watch: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    identifier = "{% $states.context.Execution.Name %}"
    question = (
        "{% 'Version ' & $string($opened.version) & ' of ' & $opened.use_case"
        " & ' waits for your approval.' %}"
    )
    reminder = (
        "{% 'Version ' & $string($opened.version) & ' of ' & $opened.use_case"
        " & ' still waits for ' & $states.input.open & ', until ' & $states.input.expires_at & '.' %}"
    )
    story = "{% 'The approval workflow failed: ' & $string($states.input) %}"
    wait = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": ask,
            "Payload": {
                "opened": "{% $opened %}",
                "task_token": "{% $states.context.Task.Token %}",
                "approval_id": identifier,
            },
        },
        "TimeoutSeconds": "{% $wait_seconds %}",
        # Who is asked again has a new token; the pending approval takes it over.
        "Retry": [states.RETRY_FUNCTION],
        "Output": "{% $states.result %}",
        "Catch": [
            {"ErrorEquals": ["States.Timeout"], "Next": "Watch"},
            {"ErrorEquals": ["States.ALL"], "Next": "NotifyFailed", "Output": "{% $states.errorOutput %}"},
        ],
        "Next": "Close",
    }
    decision = {
        "opened": "{% $opened %}", "status": "{% $states.input.status %}",
        "decided_by": "{% $states.input.decided_by %}", "reason": "{% $states.input.reason %}",
    }  # fmt: skip
    update = {"ModelPackageArn": "{% $states.input.package_arn %}",
              "ModelApprovalStatus": "{% $states.input.approval_status %}"}  # fmt: skip
    follow = states.call(
        "aws-sdk:sagemaker:updateModelPackage", update, then="ByStatus", caught_by="NotifyFailed"
    )
    follow["Catch"].insert(0, _LOST_PACKAGE)
    return states.machine(
        "A version passed its gates.",
        "Open",
        {
            "Open": states.invoke(
                open_,
                "{% $states.input.detail %}",
                then="ByTier",
                caught_by="NotifyFailed",
                assign={
                    "opened": "{% $states.result.Payload %}",
                    "wait_seconds": "{% $states.result.Payload.wait_seconds %}",
                },
            ),
            "ByTier": states.choose(
                ("$states.input.route = 'person'", "Tell"),
                ("$states.input.route = 'refused'", "Refused"),
                default="Automatic",
            ),
            "Refused": {
                "Type": "Pass",
                "Next": "Close",
                "Output": {"status": "rejected", "decided_by": "{% '' %}", "reason": "{% $opened.reason %}"},
            },
            "Automatic": {
                "Type": "Pass",
                "Next": "Close",
                "Output": {
                    "status": "approved",
                    "decided_by": "{% '' %}",
                    "reason": "the risk tier asks for no person",
                },
            },
            "Tell": states.notify(topic, "Penstock: a model waits for approval", question, then="Wait"),
            "Wait": wait,
            # A wait ends at each reminder and at the end; the function says which of them it was.
            "Watch": states.invoke(
                watch,
                {"approval_id": identifier},
                then="ByWait",
                caught_by="NotifyFailed",
                assign={
                    "wait_seconds": "{% $states.result.Payload.status = 'pending'"
                    " ? $states.result.Payload.wait_seconds : 1 %}"
                },
            ),
            "ByWait": states.choose(
                ("$states.input.status = 'pending' and $states.input.remind", "Remind"),
                ("$states.input.status = 'pending'", "Wait"),
                default="Close",
            ),
            "Remind": states.notify(topic, "Penstock: an approval is still waiting", reminder, then="Wait"),
            "Close": states.invoke(close, decision, then="UpdatePackage", caught_by="NotifyFailed"),
            "UpdatePackage": follow,
            "ByStatus": states.choose(
                ("$states.input.status = 'approved'", "PublishApproved"),
                ("$states.input.status = 'rejected'", "PublishRejected"),
                default="PublishExpired",
            ),
            "PublishApproved": _publish(bus, "Model Approved", "Approved"),
            "PublishRejected": _publish(bus, "Model Rejected", "Rejected"),
            "PublishExpired": _publish(bus, "Approval Expired", "NotifyExpired"),
            "NotifyExpired": states.notify(
                topic,
                "Penstock: an approval expired",
                "{% 'Nobody decided on version ' & $string($opened.version) & ' of ' & $opened.use_case %}",
                then="Expired",
            ),
            "Approved": states.end_well(),
            "Rejected": states.end_well(),
            "Expired": states.end_well(),
            "NotifyFailed": states.notify(topic, "Penstock: approval failed", story, then="Failed"),
            "Failed": states.end_badly(
                "ApprovalFailed", "See the states before; register the version's event again."
            ),
        },
        timeout_seconds=30 * _DAY,
    )


def _publish(bus: str, event: str, then: str) -> State:
    return states.publish(
        bus, "governance", event, "{% $states.input %}", then=then, caught_by="NotifyFailed"
    )
