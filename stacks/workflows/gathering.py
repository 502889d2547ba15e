"""Gathering: arrivals that waited, or are replayed, are onboarded one after the other and announced once."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State

_REQUEST = "{% $states.input.detail %}"


def definition(*, gather: str, onboarding: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of function, onboarding workflow, bus and topic."""
    story = "{% 'Gathering arrivals failed: ' & $string($states.input) %}"
    one = {
        **states.call(
            "states:startExecution.sync:2",
            {"StateMachineArn": onboarding, "Input": "{% $states.input %}"},
            then=None,
            output="{% $states.result.Output %}",
        ),
        # It has recorded and told its failure itself; those after it go on.
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "GoesOn", "Output": {"outcome": "failed"}}],
    }
    good = "$outcomes[outcome = 'accepted']"
    ready = {
        "use_case": "{% $request.use_case %}",
        "dataset": "{% $request.dataset %}",
        "outcome": "accepted",
        "arrival_id": f"{{% {good}[-1].arrival_id %}}",
        "snapshot_id": f"{{% {good}[-1].snapshot_id %}}",
        "arrivals": f"{{% $count({good}) %}}",
        **{name: f"{{% $sum({good}.{name}) %}}" for name in ("rows_in", "rows_curated", "rows_quarantined")},
    }
    return states.machine(
        "Arrivals have waited long enough, or are asked for again.",
        "Request",
        {
            "Request": {"Type": "Pass", "Output": _REQUEST, "Assign": {"request": _REQUEST}, "Next": "Wait"},
            "Wait": {"Type": "Wait", "Seconds": "{% $request.wait_seconds %}", "Next": "Gather"},
            "Gather": states.invoke(
                gather,
                {"request": "{% $request %}", "execution": "{% $states.context.Execution.Name %}"},
                then="ByItems",
                caught_by="Notify",
                assign={
                    "request": "{% $states.result.Payload.request %}",
                    "next": "{% $states.result.Payload.next %}",
                },
            ),
            "ByItems": states.choose(("$count($states.input.items) > 0", "Onboard"), default="Done"),
            "Onboard": {
                "Type": "Map",
                "Items": "{% $states.input.items %}",
                "MaxConcurrency": 1,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "Arrival",
                    "States": {
                        "Arrival": one,
                        "GoesOn": {"Type": "Pass", "End": True},
                    },
                },
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Next": "Notify", "Output": "{% $states.errorOutput %}"}
                ],
                "Assign": {"outcomes": "{% [$states.result] %}"},
                "Output": "{% {'accepted': $count($states.result[outcome = 'accepted'])} %}",
                "Next": "ByOutcomes",
            },
            "ByOutcomes": states.choose(("$states.input.accepted > 0", "PublishReady"), default="ByRest"),
            "PublishReady": states.publish(
                bus, "onboarding", "Dataset Ready", ready, then="ByRest", caught_by="Notify"
            ),
            "ByRest": states.choose(
                ("$next = 'pass'", "Gather"), ("$next = 'run'", "PublishDue"), default="Done"
            ),
            "PublishDue": states.publish(
                bus, "onboarding", "Arrivals Due", "{% $request %}", then="Done", caught_by="Notify"
            ),
            "Done": states.end_well(),
            "Notify": states.notify(topic, "Penstock: gathering arrivals failed", story, then="Failed"),
            "Failed": states.end_badly(
                "GatheringFailed", "The arrivals still wait; approve, upload or replay to gather again."
            ),
        },
        timeout_seconds=48 * 3_600,
    )
