"""CloudFormation and Step Functions refuse what AWS refuses: missing code, broken state machines."""

import json
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
_KINDS = frozenset({"Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"})
_FINAL = frozenset({"Succeed", "Fail", "Choice"})


def _targets(state: Json) -> Iterator[str]:
    """Yield the names of the states that a state may lead to."""
    for holder in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        if "Next" in holder:
            yield holder["Next"]
    if "Default" in state:
        yield state["Default"]


def _nested(state: Json) -> Iterator[Json]:
    """Yield the machines inside a state."""
    yield from state.get("Branches", ())
    for name in ("ItemProcessor", "Iterator"):
        if name in state:
            yield state[name]


def problems(machine: Json, place: str = "/States") -> list[str]:
    """Return what makes a state machine's definition invalid.

    Parameters
    ----------
    machine
        A definition, or the part of one inside a Parallel or Map state.
    place
        Where in the definition the machine is, for messages.

    Examples
    --------
    >>> problems({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}})
    ["MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A"]
    """
    states, found = machine.get("States") or {}, list[str]()
    if machine.get("StartAt") not in states:
        found.append(
            f"MISSING_TRANSITION_TARGET: Missing 'StartAt' target: {machine.get('StartAt')} at {place}"
        )
    for name, state in states.items():
        here = f"{place}/{name}"
        if state.get("Type") not in _KINDS:
            found.append(f"SCHEMA_VALIDATION_FAILED: Unknown state type {state.get('Type')!r} at {here}")
        elif state["Type"] not in _FINAL and "Next" not in state and not state.get("End"):
            found.append(
                f"SCHEMA_VALIDATION_FAILED: These fields are required: one of 'Next' or 'End' at {here}"
            )
        missing = [target for target in _targets(state) if target not in states]
        found += [
            f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {target} at {here}" for target in missing
        ]
        for inner in _nested(state):
            found += problems(inner, f"{here}/States")
    return found


def definition_problem(text: str) -> str:
    """Return AWS's refusal of a definition, or nothing when it is valid."""
    try:
        machine = json.loads(text)
    except ValueError as error:
        return f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error}'"
    found = problems(machine)
    return f"Invalid State Machine Definition: '{', '.join(found)}'" if found else ""


def _check_machine(arn: str) -> None:
    """Refuse a state machine that was created from a broken definition."""
    from ministack.services import stepfunctions

    problem = definition_problem((stepfunctions._state_machines.get(arn) or {}).get("definition") or "{}")
    if problem:
        stepfunctions._state_machines.pop(arn, None)
        raise ValueError(problem)


def _check_function(name: str) -> None:
    """Refuse a function whose code could not be fetched."""
    from ministack.services import lambda_svc

    record = lambda_svc._functions.get(name) or {}
    is_zip = (record.get("config") or {}).get("PackageType", "Zip") == "Zip"
    if is_zip and not record.get("code_zip"):
        lambda_svc._functions.pop(name, None)
        reason = "Error occurred while GetObject. S3 Error Code: NoSuchKey. The specified key does not exist."
        raise ValueError(reason)


_CHECKS: dict[str, Callable[[str], None]] = {
    "AWS::StepFunctions::StateMachine": _check_machine,
    "AWS::Lambda::Function": _check_function,
}


def _checking(original: Callable[..., Any], check: Callable[[str], None]) -> Callable[..., Any]:
    """Check a resource after it was created or updated."""

    def provision(*given: Any) -> Any:
        """Create or update the resource, then check it."""
        answer = original(*given)
        check(answer[0])
        return answer

    return provision


def _refuse_by_api(engine: Any, name: str) -> None:
    """Check definitions that come through Step Functions' own API."""
    from ministack.core.responses import error_response_json

    original = getattr(engine, name)

    def checked(data: Json) -> Any:
        """Check the definition, if one is given."""
        problem = definition_problem(data["definition"]) if data.get("definition") else ""
        return error_response_json("InvalidDefinition", problem, 400) if problem else original(data)

    setattr(engine, name, checked)


def install() -> None:
    """Put the checks in place."""
    from ministack.services import stepfunctions
    from ministack.services.cloudformation import provisioners

    for kind, check in _CHECKS.items():
        handler = provisioners._RESOURCE_HANDLERS[kind]
        for step in ("create", "update"):
            if step in handler:
                handler[step] = _checking(handler[step], check)
    for name in ("_create_state_machine", "_update_state_machine"):
        _refuse_by_api(stepfunctions, name)
