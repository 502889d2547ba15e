"""What a state machine must be: AWS's rules for definitions, and ours that nothing fails unseen.

Source: Amazon States Language, https://states-language.net and the Step Functions developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stacks.workflows.states import State

_LONGEST_NAME = 80
_ANY = {"Type", "Comment", "QueryLanguage"}
_ONWARD = {"Next", "End", "Output", "Assign"}
_GUARDED = {*_ONWARD, "Retry", "Catch"}
_MAP = {
    "Items",
    "ItemSelector",
    "ItemReader",
    "ItemBatcher",
    "ItemProcessor",
    "MaxConcurrency",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
}
_FIELDS = {
    "Task": {*_GUARDED, "Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"},
    "Map": _GUARDED | _MAP,
    "Parallel": {*_GUARDED, "Branches", "Arguments"},
    "Pass": _ONWARD,
    "Wait": {*_ONWARD, "Seconds", "Timestamp"},
    "Choice": {"Choices", "Default", "Output", "Assign"},
    "Succeed": {"Output"},
    "Fail": {"Error", "Cause"},
}
_ENDS = {"Succeed", "Fail"}
_RETRIER = {
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
}
_VARIABLE = re.compile(r"\$([A-Za-z]\w*)(?!\w)(?!\s*\()")
_PARAMETERS = re.compile(r"function\s*\(([^)]*)\)")


def faults(definition: State) -> list[str]:
    """Return what is wrong with a state machine; nothing when it is right.

    Parameters
    ----------
    definition
        In Amazon States Language with JSONata, as it will be deployed.

    Examples
    --------
    >>> right = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    >>> faults(right)
    []
    >>> faults(right | {"StartAt": "B"})
    ['starts at B, which does not exist', 'A: is never reached']
    """
    variables = {name for state in _every(definition) for name in _assigned(state)}
    found = [] if definition.get("QueryLanguage") == "JSONata" else ["its query language is not JSONata"]
    return found + list(_scope(definition, variables, guarded=False))


def _scope(scope: State, variables: set[str], *, guarded: bool) -> Iterator[str]:
    """Yield the faults of a machine, of a map's processor or of a branch."""
    states: dict[str, State] = scope.get("States", {})
    if scope.get("StartAt") not in states:
        yield f"starts at {scope.get('StartAt')}, which does not exist"
    for name in sorted(states.keys() - _reached(scope)):
        yield f"{name}: is never reached"
    if not any(state.get("Type") in _ENDS or state.get("End") for state in states.values()):
        yield "it never ends"
    for name, state in states.items():
        faulty = (
            *_shape(name, state, states),
            *_guards(state, guarded=guarded),
            *_expressions(state, variables),
        )
        yield from (f"{name}: {fault}" for fault in faulty)
        for inner in _inner(state):
            yield from (f"{name}: {fault}" for fault in _scope(inner, variables, guarded="Catch" in state))


def _shape(name: str, state: State, states: dict[str, State]) -> Iterator[str]:
    """Yield what is wrong with a state's type, fields and transitions."""
    kind = state.get("Type", "")
    if kind not in _FIELDS:
        yield f"has the unknown type {kind!r}"
        return
    if len(name) > _LONGEST_NAME:
        yield f"its name is longer than {_LONGEST_NAME} characters"
    for field in sorted(state.keys() - _FIELDS[kind] - _ANY):
        yield f"{field} is no field of {kind} in JSONata"
    if "Next" in _FIELDS[kind] and ("Next" in state) == bool(state.get("End")):
        yield "needs either Next or End"
    if kind == "Choice" and not (state.get("Choices") and "Default" in state):
        yield "needs choices and a default"
    if kind == "Task" and "Resource" not in state:
        yield "needs a resource"
    for target in _targets(state):
        if target not in states:
            yield f"goes to {target}, which does not exist"


def _guards(state: State, *, guarded: bool) -> Iterator[str]:
    """Yield what a task lacks to survive what passes and to record what does not."""
    if state.get("Type") == "Task":
        if not state.get("Retry"):
            yield "is not retried"
        if not state.get("Catch") and not guarded:
            yield "its errors are not caught"
    for retrier in state.get("Retry", []):
        if unknown := sorted(retrier.keys() - _RETRIER):
            yield f"its retrier has unknown fields: {', '.join(unknown)}"
    for part in ("Retry", "Catch"):
        yield from _errors(part, state.get(part, []))


def _errors(part: str, rules: list[State]) -> Iterator[str]:
    for place, rule in enumerate(rules):
        names = rule.get("ErrorEquals", [])
        if not names:
            yield f"a rule of {part} names no errors"
        if "States.ALL" in names and (len(names) > 1 or place < len(rules) - 1):
            yield f"States.ALL must stand alone and last in {part}"


def _expressions(state: State, variables: set[str]) -> Iterator[str]:
    """Yield what is wrong with a state's JSONata."""
    from jsonata.jsonata import Jsonata  # type: ignore[import-untyped]

    for field, text in _strings({key: value for key, value in state.items() if key not in _MAP - {"Items"}}):
        if not text.startswith("{%"):
            continue
        if not text.endswith("%}"):
            yield f"{field}: an expression must end with %}}"
            continue
        try:
            Jsonata(text[2:-2])
        except Exception as error:  # its errors have no common base
            yield f"{field}: {text} is no JSONata: {error}"
        yield from _names(field, text, state, variables)


def _names(field: str, text: str, state: State, variables: set[str]) -> Iterator[str]:
    """Yield the variables of an expression that have no value where it stands."""
    parameters = {
        word.strip().lstrip("$") for found in _PARAMETERS.findall(text) for word in found.split(",")
    }
    for name in sorted(set(_VARIABLE.findall(text)) - variables - parameters - {"states"}):
        yield f"{field}: ${name} is never assigned"
    if "$states.result" in text and not (
        field in {"Output", "Assign"} and state["Type"] in {"Task", "Map", "Parallel"}
    ):
        yield f"{field}: $states.result is known to Output and Assign only"
    if "$states.errorOutput" in text and field != "Catch":
        yield f"{field}: $states.errorOutput is known to Catch only"


def _strings(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a value, with the field of the state that it is in."""
    match value:
        case str():
            yield field, value
        case dict():
            for key, part in value.items():
                yield from _strings(part, field or key)
        case list():
            for part in value:
                yield from _strings(part, field)


def _targets(state: State) -> Iterator[str]:
    rules = [state, *state.get("Catch", []), *state.get("Choices", [])]
    yield from (rule["Next"] for rule in rules if "Next" in rule)
    if "Default" in state:
        yield state["Default"]


def _reached(scope: State) -> set[str]:
    states, reached, ahead = scope.get("States", {}), set[str](), [scope.get("StartAt", "")]
    while ahead:
        name = ahead.pop()
        if name in states and name not in reached:
            reached.add(name)
            ahead.extend(_targets(states[name]))
    return reached


def _inner(state: State) -> list[State]:
    return [state["ItemProcessor"]] if "ItemProcessor" in state else list(state.get("Branches", []))


def _every(scope: State) -> Iterator[State]:
    for state in scope.get("States", {}).values():
        yield state
        for inner in _inner(state):
            yield from _every(inner)


def _assigned(state: State) -> Iterator[str]:
    for rule in (state, *state.get("Catch", []), *state.get("Choices", [])):
        yield from rule.get("Assign", {})
