"""Monitoring: live traffic against the baseline of the version that served it."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State


def definition(*, plan: str, publish: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    payload = {"request": "{% $states.input %}", "execution": "{% $states.context.Execution.Name %}"}
    story = "{% 'Monitoring failed: ' & $string($states.input) %}"
    window = {
        "Check": states.call("sagemaker:createProcessingJob.sync", "{% $states.input.job %}", then="Publish"),
        "Publish": states.invoke(
            publish, "{% $sift($states.input, function($v, $k) { $k != 'job' }) %}", then="ByFinding"
        ),
        "ByFinding": states.choose(
            ("$states.input.violations > 0", "PublishDrift"), default="PublishCompleted"
        ),
        "PublishDrift": states.publish(
            bus, "monitoring", "Drift Detected", "{% $states.input %}", then="TellDrift"
        ),
        "TellDrift": states.notify(
            topic,
            "Penstock: drift",
            "{% 'Drift in ' & $states.input.use_case & ': ' & $join($states.input.drifted, ', ') %}",
            then="PublishCompleted",
        ),
        "PublishCompleted": states.publish(
            bus, "monitoring", "Monitoring Completed", "{% $states.input %}", then="Checked"
        ),
        "Checked": states.end_well(),
    }
    return states.machine(
        "It is time to look at live traffic.",
        "Plan",
        {
            "Plan": states.invoke(plan, payload, then="Windows", caught_by="Notify"),
            "Windows": {
                "Type": "Map",
                "Items": "{% $states.input.windows %}",
                "MaxConcurrency": 5,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "Check",
                    "States": window,
                },
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Next": "Notify", "Output": "{% $states.errorOutput %}"}
                ],
                "Next": "Completed",
            },
            "Completed": states.end_well(),
            "Notify": states.notify(topic, "Penstock: monitoring failed", story, then="Failed"),
            "Failed": states.end_badly(
                "MonitoringFailed", "See the states before; the next schedule tries again."
            ),
        },
        timeout_seconds=4 * 3_600,
    )
