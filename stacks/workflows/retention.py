"""Retention: data whose time is over are removed, the evidence stays."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State


def definition(*, plan: str, remove: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    story = "{% 'Retention failed: ' & $string($states.input) %}"
    dataset = {
        "Remove": states.invoke(remove, "{% $states.input %}", then="ByProgress"),
        "ByProgress": states.choose(
            ("$states.input.route = 'again'", "Remove"),
            ("$states.input.route = 'changed'", "PublishRemoved"),
            default="NothingLeft",
        ),
        "PublishRemoved": states.publish(
            bus, "catalog", "Data Removed", "{% $states.input %}", then="NothingLeft"
        ),
        "NothingLeft": states.end_well(),
    }
    return states.machine(
        "It is time to look at what need not be kept any longer.",
        "Plan",
        {
            "Plan": states.invoke(plan, "{% $states.input %}", then="Datasets", caught_by="Notify"),
            "Datasets": {
                "Type": "Map",
                "Items": "{% $states.input.datasets %}",
                "MaxConcurrency": 2,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "Remove",
                    "States": dataset,
                },
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Next": "Notify", "Output": "{% $states.errorOutput %}"}
                ],
                "Next": "Completed",
            },
            "Completed": states.end_well(),
            "Notify": states.notify(topic, "Penstock: retention failed", story, then="Failed"),
            "Failed": states.end_badly(
                "RetentionFailed", "See the states before; the next schedule takes it up."
            ),
        },
        timeout_seconds=12 * 3_600,
    )
