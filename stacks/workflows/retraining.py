"""Retraining: drift starts a training, debounced and with a cool-down."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State


def definition(*, decide: str, training: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of function, training workflow and topic."""
    story = "{% 'The retraining policy failed: ' & $string($states.input) %}"
    start = {"StateMachineArn": training, "Input": "{% $states.input.training %}"}
    return states.machine(
        "Drift was detected.", "Decide",
        {
            "Decide": states.invoke(decide, "{% $states.input.detail %}", then="ByRoute", caught_by="Notify"),
            "ByRoute": states.choose(("$states.input.route = 'train'", "Train"), default="NotNow"),
            "NotNow": states.end_well(),
            "Train": states.call("states:startExecution", start, then="Started", caught_by="Notify"),
            "Started": states.end_well(),
            "Notify": states.notify(topic, "Penstock: retraining failed", story, then="Failed"),
            "Failed": states.end_badly("RetrainingFailed", "See the states before."),
        },
        timeout_seconds=3_600,
    )  # fmt: skip
