"""No workflow fails unseen: everything is logged, traced, bounded, retried, caught and recorded."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from stacks.workflows import rules

Json = dict[str, Any]
NAMES = {
    "Onboarding", "Gathering", "Features", "Training", "Approval", "Deployment", "Monitoring", "Retraining",
    "Retention", "Backfill", "Erasure", "Explanations",
}  # fmt: skip
TELLING = {"Fail", "Refuse", "PublishRefused", "PublishFailed"}
# A decision stands without its package; the daily sweep tells of one that is lost.
DISPENSABLE = {"UpdatePackage"}


def test_every_workflow_is_logged_traced_and_bounded_in_time(dev: Any) -> None:
    machines = dev.all("AWS::StepFunctions::StateMachine")
    assert {name.partition("/")[2].partition("Machine")[0] for name in machines} == NAMES
    for one in machines.values():
        assert one["LoggingConfiguration"]["Level"] == "ALL"
        assert one["LoggingConfiguration"]["IncludeExecutionData"] is False
        assert one["TracingConfiguration"] == {"Enabled": True}
    assert all(definition["TimeoutSeconds"] > 0 for _, definition in dev.machines())


def test_every_workflow_obeys_the_rules_of_its_language_and_ours(dev: Any) -> None:
    assert {name: rules.faults(definition) for name, definition in dev.machines()} == {
        name: [] for name, _ in dev.machines()
    }


def test_every_failure_is_recorded_or_told_before_the_workflow_ends(dev: Any) -> None:
    for name, definition in dev.machines():
        states = definition["States"]
        for source, state in states.items():
            for rule in state.get("Catch", []):
                # What itself records or tells of a failure may be followed by the end.
                last = source in TELLING | DISPENSABLE or state.get("Resource", "").endswith("sns:publish")
                assert last or states[rule["Next"]]["Type"] == "Task", f"{name}: {source}"


def test_every_failing_end_says_what_failed_and_what_to_do(dev: Any) -> None:
    for name, definition in dev.machines():
        ends = [one for one in definition["States"].values() if one["Type"] == "Fail"]
        assert ends, name
        assert all(one["Error"] and one["Cause"] for one in ends)


def test_an_event_that_cannot_be_delivered_is_kept(dev: Any) -> None:
    found = dev.all("AWS::Events::Rule")
    assert found
    for rule in found.values():
        for target in rule["Targets"]:
            assert "deadletters" in target["DeadLetterConfig"]["Arn"]["Ref"]
            assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


def breaks(change: Callable[[Json], Any]) -> Json:
    """Return a right machine that was changed."""
    task: Json = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"Payload": "{% $seen %}"},
        "Assign": {"seen": "{% $states.result %}"},
        "Retry": [{"ErrorEquals": ["A"]}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Bad", "Output": "{% $states.errorOutput %}"}],
        "Next": "Ask",
    }
    states: Json = {
        "Do": task,
        "Ask": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $seen > 1 %}", "Next": "Good"}],
            "Default": "Bad",
        },
        "Good": {"Type": "Succeed"},
        "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "."},
    }
    machine: Json = copy.deepcopy({"QueryLanguage": "JSONata", "StartAt": "Do", "States": states})
    change(machine["States"])
    return machine


def test_a_right_machine_has_no_faults() -> None:
    assert rules.faults(breaks(lambda states: None)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda s: s["Do"].update(Next="Nowhere"), "Do: goes to Nowhere, which does not exist"),
        (lambda s: s["Do"].pop("Next"), "Do: needs either Next or End"),
        (lambda s: s["Do"].pop("Retry"), "Do: is not retried"),
        (lambda s: s["Do"].pop("Catch"), "Do: its errors are not caught"),
        (lambda s: s["Do"].pop("Resource"), "Do: needs a resource"),
        (lambda s: s["Do"].update(ResultPath="$"), "Do: ResultPath is no field of Task in JSONata"),
        (
            lambda s: s["Do"].update(Arguments="{% $states.result %}"),
            "Do: Arguments: $states.result is known to Output and Assign only",
        ),
        (lambda s: s["Do"].update(Output="{% $sen %}"), "Do: Output: $sen is never assigned"),
        (lambda s: s["Do"].update(Output="{% $seen"), "Do: Output: an expression must end with %}"),
        (lambda s: s["Do"]["Retry"][0].update(Attempts=1), "Do: its retrier has unknown fields: Attempts"),
        (
            lambda s: s["Do"]["Retry"].insert(0, {"ErrorEquals": ["States.ALL"]}),
            "Do: States.ALL must stand alone and last in Retry",
        ),
        (lambda s: s["Ask"].pop("Default"), "Ask: needs choices and a default"),
        (
            lambda s: s["Ask"].update(Choices=[{"Condition": "{% true %}", "Next": "Bad"}]),
            "Good: is never reached",
        ),
        (lambda s: s["Good"].update(Type="Success"), "Good: has the unknown type 'Success'"),
    ],
)
def test_a_broken_machine_is_found_out(change: Callable[[Json], Any], fault: str) -> None:
    assert fault in rules.faults(breaks(change))


def test_an_expression_that_is_no_jsonata_is_found_out() -> None:
    (fault,) = rules.faults(breaks(lambda states: states["Do"].update(Output="{% $sum( %}")))
    assert fault.startswith("Do: Output: {% $sum( %} is no JSONata")


def test_a_task_inside_a_map_is_caught_by_the_map(dev: Any) -> None:
    definition = next(one for name, one in dev.machines() if name.startswith("Training"))
    loose = copy.deepcopy(definition)
    del loose["States"]["Train"]["Catch"]
    assert "Train: Candidate: its errors are not caught" in rules.faults(loose)


def test_whoever_waits_for_another_looks_again_in_a_bounded_time(dev: Any) -> None:
    waiting = {
        f"{name.partition('Machine')[0]}: {state}": one["TimeoutSeconds"]
        for name, definition in dev.machines()
        for state, one in definition["States"].items()
        if one.get("Resource", "").endswith(".waitForTaskToken")
    }
    assert waiting["Onboarding: AwaitTurn"] <= 600
    assert all(waiting.values())
