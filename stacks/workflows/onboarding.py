"""Onboarding: a landed file becomes curated rows and a snapshot, or is refused and kept."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State

_EXECUTION = "{% $states.context.Execution.Name %}"
# Not a variable: the first state assigns none when it fails.
_EVENT = "{% $states.context.Execution.Input %}"


def definition(*, admit: str, process: str, commit: str, refuse: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    refusal = {"event": _EVENT, "failure": "{% $states.input %}", "execution": _EXECUTION}
    story = (
        "{% $states.input.outcome & ': ' & $states.input.file_name"
        " & ' (' & $states.input.error & ') ' & $states.input.message %}"
    )
    return states.machine(
        "A file landed.",
        "Admit",
        {
            "Admit": states.invoke(
                admit,
                {"event": "{% $states.input %}", "execution": _EXECUTION},
                then="ByRoute",
                caught_by="Refuse",
            ),
            "ByRoute": states.choose(
                ("$states.input.route = 'function'", "Process"),
                ("$states.input.route = 'job'", "ProcessAsJob"),
                default="AlreadyKnown",
            ),
            "AlreadyKnown": states.end_well(),
            "Process": states.invoke(process, "{% $states.input %}", then="Commit", caught_by="Refuse"),
            "ProcessAsJob": states.call(
                "sagemaker:createProcessingJob.sync",
                "{% $states.input.job %}",
                then="Commit",
                caught_by="Refuse",
            ),
            "Commit": states.invoke(commit, "{% $states.input %}", then="PublishReady", caught_by="Refuse"),
            "PublishReady": states.publish(
                bus, "onboarding", "Dataset Ready", "{% $states.input %}", then="Accepted", caught_by="Refuse"
            ),
            "Accepted": states.end_well(),
            "Refuse": states.invoke(refuse, refusal, then="PublishRefused", caught_by="NotRecorded"),
            "PublishRefused": states.publish(
                bus,
                "onboarding",
                "Arrival Refused",
                "{% $states.input %}",
                then="Notify",
                caught_by="NotRecorded",
            ),
            "Notify": states.notify(topic, "Penstock: a file was not onboarded", story, then="ByOutcome"),
            "ByOutcome": states.choose(("$states.input.outcome = 'refused'", "Refused"), default="Failed"),
            "Refused": states.end_well(),
            "Failed": states.end_badly(
                "OnboardingFailed", "Recorded with the arrival; start it again to resume."
            ),
            "NotRecorded": states.end_badly(
                "NotRecorded", "The failure itself could not be recorded; see the states before."
            ),
        },
        timeout_seconds=4 * 3_600,
    )
