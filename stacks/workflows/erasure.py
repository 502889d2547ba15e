"""Erasure: one entity goes from the online store and all files of the offline store; evidence stays."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State


def definition(*, erase: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    story = "{% 'An erasure failed: ' & $string($states.input) %}"
    told = {name: f"{{% $states.input.{name} %}}" for name in ("use_case", "id", "certificate")}
    return states.machine(
        "An approver asks for an entity to be erased.",
        "Erase",
        {
            "Erase": states.invoke(erase, "{% $states.input %}", then="ByProgress", caught_by="Notify"),
            "ByProgress": states.choose(("$states.input.route = 'again'", "Erase"), default="PublishErased"),
            "PublishErased": states.publish(
                bus, "features", "Entity Erased", told, then="Erased", caught_by="Notify"
            ),
            "Erased": states.end_well(),
            "Notify": states.notify(topic, "Penstock: an erasure failed", story, then="Failed"),
            "Failed": states.end_badly(
                "ErasureFailed", "See the states before; start the execution again to resume."
            ),
        },
        timeout_seconds=24 * 3_600,
    )
