"""Onboarding: a landed file becomes curated rows and a snapshot, waits, or is refused and kept."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State

_EXECUTION = "{% $states.context.Execution.Name %}"
# Not a variable: the first state assigns none when it fails.
_EVENT = "{% $states.context.Execution.Input %}"
_RECHECK_SECONDS = 300
"""How often one that waits for its turn looks whether those ahead are still at work."""


def definition(
    *, admit: str, turn: str, process: str, commit: str, refuse: str, bus: str, topic: str
) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    refusal = {"event": _EVENT, "failure": "{% $states.input %}", "execution": _EXECUTION}
    admission = {"event": "{% $states.input %}", "execution": _EXECUTION,
                 "run": "{% $states.context.Execution.Id %}"}  # fmt: skip
    due = {name: f"{{% $states.input.{name} %}}" for name in ("use_case", "dataset", "wait_seconds")}
    story = (
        "{% $states.input.outcome & ': ' & $states.input.file_name"
        " & ' (' & $states.input.error & ') ' & $states.input.message %}"
    )
    told = "{% $sift($states.input, function($v, $k) { $not($k in ['announce', 'rules_broken']) }) %}"
    return states.machine(
        "A file landed.",
        "Admit",
        {
            "Admit": states.invoke(admit, admission, then="ByRoute", caught_by="Refuse",
                                   assign={"admitted": "{% $states.result.Payload %}"}),
            "ByRoute": states.choose(
                ("$states.input.route = 'repeated'", "AlreadyKnown"),
                ("$states.input.route = 'waiting' and $states.input.due", "PublishDue"),
                ("$states.input.route = 'waiting'", "Waits"),
                ("$states.input.turn = 'process'", "AwaitTurn"),
                ("$states.input.route = 'job'", "ProcessAsJob"),
                default="Process",
            ),
            "AlreadyKnown": states.end_well(),
            "PublishDue": states.publish(
                bus, "onboarding", "Arrivals Due", due, then="Waits", caught_by="Refuse"
            ),
            "Waits": states.end_well(),
            "AwaitTurn": _await_turn(turn),
            "AfterTurn": states.choose(
                ("$admitted.turn = 'commit'", "Commit"),
                ("$admitted.route = 'job'", "ProcessAsJob"),
                default="Process",
            ),
            "Process": states.invoke(process, "{% $admitted %}", then="Processed", caught_by="Refuse"),
            "ProcessAsJob": states.call(
                "sagemaker:createProcessingJob.sync",
                "{% $admitted.job %}",
                then="Processed",
                caught_by="Refuse",
            ),
            "Processed": states.choose(("$admitted.turn = 'process'", "Commit"), default="AwaitTurn"),
            "Commit": states.invoke(commit, "{% $admitted %}", then="ByAnnouncement", caught_by="Refuse"),
            # Those that were gathered are announced together.
            "ByAnnouncement": states.choose(("$states.input.announce", "PublishReady"), default="Accepted"),
            "PublishReady": states.publish(
                bus, "onboarding", "Dataset Ready", told, then="Accepted", caught_by="Refuse"
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
        timeout_seconds=12 * 3_600,
    )  # fmt: skip


def _await_turn(turn: str) -> State:
    """Wait for the arrivals that landed before in the same partition; look again now and then."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": turn,
            "Payload": {"admitted": "{% $admitted %}", "task_token": "{% $states.context.Task.Token %}"},
        },
        "TimeoutSeconds": _RECHECK_SECONDS,
        "Retry": [states.RETRY_FUNCTION],
        "Output": "{% $admitted %}",
        "Catch": [
            {"ErrorEquals": ["States.Timeout"], "Next": "AwaitTurn", "Output": "{% $admitted %}"},
            {"ErrorEquals": ["States.ALL"], "Next": "Refuse", "Output": "{% $states.errorOutput %}"},
        ],
        "Next": "AfterTurn",
    }
