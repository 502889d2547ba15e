"""Which changes of a contract are material: those that a steward has to approve."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from penstock.specs import Contract

_DOCUMENTARY = {"description", "trigger"}
"""Fields that say nothing about the data, its protection or who answers for it."""
_DOCUMENTARY_OF_COLUMNS = {"meaning", "unit"}
_APART = {"columns", "rules", "max_quarantined"}
_LONGEST = 60


def material_changes(old: Contract, new: Contract) -> tuple[str, ...]:
    """Return what is material in a change of a contract, one line each; nothing if nothing is.

    Not material are descriptions, meanings and units of columns, reasons of rules, the trigger, further
    checks and a lower ``max_quarantined``: they document, or make the contract stricter. All else is.

    Examples
    --------
    >>> old = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal", columns=[{"name": "id", "type": "string"}])
    >>> material_changes(old, old.model_copy(update={"description": "All payments"}))
    ()
    >>> material_changes(old, old.model_copy(update={"purpose": "marketing"}))
    ("purpose: 'forecasting' became 'marketing'",)
    """
    return tuple(_changes(old.model_dump(mode="json"), new.model_dump(mode="json")))


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for field, value in new.items():
        if field not in _DOCUMENTARY | _APART and old[field] != value:
            yield f"{field}: {_short(old[field])} became {_short(value)}"
    if new["max_quarantined"] > old["max_quarantined"]:
        yield f"max_quarantined: {old['max_quarantined']} became {new['max_quarantined']}"
    yield from _columns(old["columns"], new["columns"])
    yield from _rules(old["rules"], new["rules"])


def _columns(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[str]:
    before, after = ({one["name"]: one for one in columns} for columns in (old, new))
    yield from (f"column {name}: removed" for name in before if name not in after)
    for name, column in after.items():
        if name not in before:
            yield f"column {name}: added"
            continue
        for field in column:
            if field not in _DOCUMENTARY_OF_COLUMNS and before[name][field] != column[field]:
                yield f"column {name}: {field} {_short(before[name][field])} became {_short(column[field])}"
    if list(before) != list(after) and set(before) == set(after):
        yield "columns: another order"


def _rules(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[str]:
    before, after = ({_text(rule): rule for rule in rules} for rules in (old, new))
    yield from (f"rule removed or changed: {text}" for text in before if text not in after)
    for text, rule in after.items():
        if text not in before and "check" not in rule:
            yield f"rule added: {text}"


def _text(rule: dict[str, Any]) -> str:
    """Return a rule as a text, without the reason that people read."""
    return json.dumps({key: value for key, value in rule.items() if key != "reason"}, sort_keys=True)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
