"""Backfill: a range of a feature view is computed in parts, each an execution of its own with a job."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State

_AT_ONCE = 20


def definition(*, plan: str, finish: str, purge: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    payload = {
        "request": "{% $states.context.Execution.Input %}",
        "execution": "{% $states.context.Execution.Name %}",
    }
    story = "{% 'A backfill failed: ' & $string($states.input) %}"
    ready = "{% $sift($states.input, function($v, $k) { $not($k in ['again', 'renewed']) }) %}"
    part = states.call(
        "sagemaker:createProcessingJob.sync",
        "{% $states.input %}",
        then=None,
        output={"part": "{% $states.input.ProcessingJobName %}"},
    )
    return states.machine(
        "Somebody asks for a range of a feature view.",
        "Plan",
        {
            "Plan": states.invoke(
                plan, payload, then="Parts", caught_by="Notify",
                assign={"planned": "{% $states.result.Payload %}"},
            ),
            "Parts": {
                "Type": "Map",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Arguments": "{% $states.input.items %}",
                },
                "MaxConcurrency": _AT_ONCE,
                "Label": "Parts",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Part",
                    "States": {"Part": part},
                },
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Next": "Notify", "Output": "{% $states.errorOutput %}"}
                ],
                "Next": "Close",
            },
            "Close": states.call(
                "sagemaker:createProcessingJob.sync", "{% $planned.close %}",
                then="Finish", caught_by="Notify",
            ),
            "Finish": states.invoke(finish, "{% $planned.ready %}", then="ByProgress", caught_by="Notify"),
            # An entity was erased while the jobs ran: what they wrote does not count.
            "ByProgress": states.choose(("$states.input.again", "Discard"), default="PublishReady"),
            "Discard": states.invoke(
                purge, "{% $states.input %}", then="Interrupted", caught_by="Notify"
            ),
            "Interrupted": {
                "Type": "Pass",
                "Output": {"Error": "Conflict", "Cause": "An entity was erased meanwhile; ask again."},
                "Next": "Notify",
            },
            "PublishReady": states.publish(
                bus, "features", "Features Ready", ready, then="Backfilled", caught_by="Notify"
            ),
            "Backfilled": states.end_well(),
            "Notify": states.notify(topic, "Penstock: a backfill failed", story, then="Failed"),
            "Failed": states.end_badly(
                "BackfillFailed", "See the states before; ask for the backfill again. Nothing of it counts."
            ),
        },
        timeout_seconds=24 * 3_600,
    )  # fmt: skip
