"""Features: a new snapshot refreshes the feature views that use it."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State


def definition(*, plan: str, finish: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    payload = {"detail": "{% $states.input.detail %}", "execution": "{% $states.context.Execution.Name %}"}
    story = "{% 'Features were not materialised: ' & $string($states.input) %}"
    return states.machine(
        "A dataset has new rows.",
        "Plan",
        {
            "Plan": states.invoke(plan, payload, then="ByRoute", caught_by="Notify"),
            "ByRoute": states.choose(
                ("$states.input.route = 'job'", "Materialise"),
                ("$states.input.route = 'none'", "PublishNone"),
                default="Superseded",
            ),
            "Superseded": states.end_well(),
            "Materialise": states.call(
                "sagemaker:createProcessingJob.sync",
                "{% $states.input.job %}",
                then="Finish",
                caught_by="Notify",
            ),
            "Finish": states.invoke(
                finish, "{% $states.input.ready %}", then="PublishReady", caught_by="Notify"
            ),
            "PublishReady": states.publish(
                bus,
                "features",
                "Features Ready",
                "{% $states.input %}",
                then="Materialised",
                caught_by="Notify",
            ),
            "Materialised": states.end_well(),
            "PublishNone": states.publish(
                bus,
                "features",
                "Features Ready",
                "{% $states.input.ready %}",
                then="NothingToDo",
                caught_by="Notify",
            ),
            "NothingToDo": states.end_well(),
            "Notify": states.notify(topic, "Penstock: features failed", story, then="Failed"),
            "Failed": states.end_badly(
                "FeaturesFailed", "See the states before; start the execution again to resume."
            ),
        },
        timeout_seconds=4 * 3_600,
    )
