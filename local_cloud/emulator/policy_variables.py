"""Policy variables such as ``${aws:username}``, which the emulator compares as plain text."""

import re
from typing import Any

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9:/_-]+)\}")


def expanded(conditions: Any, value_of: Any) -> Any:
    """Replace the variables in a policy's conditions.

    Parameters
    ----------
    conditions
        The ``Condition`` block of a statement, or a part of it.
    value_of
        Returns the value of a condition key, or None; a variable without a value matches nothing, as on AWS.

    Examples
    --------
    >>> expanded({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}, {"aws:username": "dana"}.get)
    {'StringLike': {'sts:RoleSessionName': 'dana'}}
    """
    if isinstance(conditions, dict):
        return {key: expanded(entry, value_of) for key, entry in conditions.items()}
    if isinstance(conditions, list):
        return [expanded(entry, value_of) for entry in conditions]
    if not isinstance(conditions, str):
        return conditions
    return _VARIABLE.sub(lambda found: _text(value_of(found[1])), conditions)


def _text(value: Any) -> str:
    """Return a key's value as text that, when there is none, no request can equal."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    return "\0" if value is None else str(value)


def install() -> None:
    """Expand variables wherever the emulator evaluates conditions."""
    from ministack.core import iam_evaluator

    original, resolve = iam_evaluator._conditions_met, iam_evaluator._resolve_condition_key

    def with_variables(conditions: Any, context: Any) -> bool:
        return bool(original(expanded(conditions, lambda key: resolve(key, context)), context))

    iam_evaluator._conditions_met = with_variables
