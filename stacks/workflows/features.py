"""Features: a new snapshot, or a schedule, refreshes the feature views that use a dataset."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State

_DETAIL = "{% $states.context.Execution.Input.detail %}"


def definition(*, plan: str, finish: str, purge: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    payload = {"detail": _DETAIL, "execution": "{% $states.context.Execution.Name %}"}
    story = "{% 'Features were not materialised: ' & $string($states.input) %}"
    ready = "{% $sift($states.input, function($v, $k) { $not($k in ['again', 'renewed']) }) %}"
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
            # Offline rows, then the online store, then the manifest; nobody reads them before Finish.
            "Materialise": states.call(
                "sagemaker:createProcessingJob.sync",
                "{% $states.input.job %}",
                then="Finish",
                caught_by="Notify",
            ),
            "Finish": states.invoke(
                finish, "{% $states.input.ready %}", then="ByProgress", caught_by="Notify"
            ),
            # An entity was erased while the job ran: what it wrote does not count.
            "ByProgress": states.choose(
                ("$states.input.again", "Discard"),
                ("$count($states.input.renewed) > 0", "Purge"),
                default="PublishReady",
            ),
            "Discard": states.invoke(purge, "{% $states.input %}", then="Plan", caught_by="Notify"),
            # Rows were removed from the dataset: so are the files that were made of them.
            "Purge": states.invoke(purge, "{% $states.input %}", then="PublishReady", caught_by="Notify"),
            "PublishReady": states.publish(
                bus, "features", "Features Ready", ready, then="Materialised", caught_by="Notify"
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
