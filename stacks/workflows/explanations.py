"""Explanations: predictions of a time, single ones, or rows are explained and stored in the lake."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State


def definition(*, plan: str, record: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    payload = {
        "detail": "{% $states.context.Execution.Input.detail %}",
        "execution": "{% $states.context.Execution.Name %}",
    }
    story = "{% 'Predictions were not explained: ' & $string($states.input) %}"
    return states.machine(
        "Somebody asks why, or a window of traffic was checked.",
        "Plan",
        {
            "Plan": states.invoke(plan, payload, then="Explain", caught_by="Notify"),
            "Explain": states.call(
                "sagemaker:createProcessingJob.sync",
                "{% $states.input.job %}",
                then="Record",
                caught_by="Notify",
            ),
            "Record": states.invoke(
                record, "{% $states.input.explained %}", then="PublishStored", caught_by="Notify"
            ),
            "PublishStored": states.publish(
                bus, "explanations", "Explanations Stored", "{% $states.input %}", then="Explained",
                caught_by="Notify",
            ),
            "Explained": states.end_well(),
            "Notify": states.notify(topic, "Penstock: predictions were not explained", story, then="Failed"),
            "Failed": states.end_badly(
                "ExplanationFailed", "See the states before; ask again. What was stored stays."
            ),
        },
        timeout_seconds=6 * 3_600,
    )  # fmt: skip
