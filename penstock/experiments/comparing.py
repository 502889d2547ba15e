"""Comparing and searching runs by the facts of their records."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from penstock.errors import InvalidSpec
from penstock.experiments.runs import Run

_CONDITION = re.compile(r"^([\w.\- ]+?)\s*(!=|>=|<=|=|>|<|~)\s*(.*)$")
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def told(run: Run) -> dict[str, Any]:
    """Return what is known of a run by name: of the run itself, and of its record if it has one."""
    own = run.model_dump(mode="json", exclude={"record", "overrides", "features", "arrivals", "summary"})
    return {**own, **run.record}


def differences(facts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the facts that are not the same everywhere, a row each.

    Parameters
    ----------
    facts
        Facts by the name of their run.

    Returns
    -------
    list of dict
        ``fact``, and its value in each run; None where a run does not have it.

    Examples
    --------
    >>> differences({"r1": {"seed": 7, "metrics.auc": 0.9}, "r2": {"seed": 7, "metrics.auc": 0.8, "x": 1}})
    [{'fact': 'metrics.auc', 'r1': 0.9, 'r2': 0.8}, {'fact': 'x', 'r1': None, 'r2': 1}]
    """
    names = dict.fromkeys(name for found in facts.values() for name in found)
    rows = [{"fact": name, **{run: found.get(name) for run, found in facts.items()}} for name in names]
    return [row for row in rows if not _alike([row[run] for run in facts])]


def matching(runs: Iterable[Run], conditions: Sequence[str]) -> list[Run]:
    """Return the runs of which every condition holds.

    Parameters
    ----------
    conditions
        Such as ``metrics.auc>0.8``, ``algorithm=xgboost``, ``reason~drift`` (has it inside). A fact that a
        run does not have fulfils ``!=`` alone.

    Raises
    ------
    InvalidSpec
        A condition cannot be read.
    """
    read = [_condition(one) for one in conditions]
    return [run for run in runs if all(_holds(told(run).get(name), *rest) for name, *rest in read)]


def _condition(text: str) -> tuple[str, str, str]:
    """Cut a condition into fact, comparison and value."""
    found = _CONDITION.match(text.strip())
    if not found:
        raise InvalidSpec(
            "The condition cannot be read.",
            found=text,
            expected="such as metrics.auc>0.8 or algorithm=xgboost",
        )
    return found[1], found[2], found[3].strip()


def _holds(value: Any, comparison: str, wanted: str) -> bool:
    """Say whether a condition holds of a value."""
    if value is None:
        return comparison == "!="
    if comparison == "~":
        return wanted.lower() in str(value).lower()
    number, other = _number(value), _number(wanted)
    if comparison in _ORDERED:
        numbers = number is not None and other is not None
        return _ORDERED[comparison](number, other) if numbers else _ORDERED[comparison](str(value), wanted)
    alike = number == other if number is not None and other is not None else _text(value) == wanted.lower()
    return alike if comparison == "=" else not alike


def _number(value: Any) -> float | None:
    """Return a value as a number, None if it is none."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    """Return a value as it is compared: case ignored."""
    return str(value).lower()


def _alike(values: list[Any]) -> bool:
    """Say whether all values are the same."""
    return all(value == values[0] for value in values)
