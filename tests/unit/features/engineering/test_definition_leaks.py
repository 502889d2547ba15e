"""Leaks that definitions show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock.features.engineering import definition_leaks
from penstock.specs import UseCase, load_use_case

EXAMPLE = Path(__file__).resolve().parents[4] / "examples" / "late_invoices"


VIEW = {
    "name": "customer_history", "entity": {"name": "customer", "key": "customer_id"}, "dataset": "invoices",
    "timestamp": "settled_on",
    "features": [
        {"name": "late_share", "aggregate": "share_above", "of": "days_late", "threshold": 0},
        {"name": "mean_days_late", "aggregate": "mean", "of": "days_late"},
        {"name": "mean_amount", "aggregate": "mean", "of": "amount"},
    ],
}  # fmt: skip


def document(**view: Any) -> dict[str, Any]:
    """Return the example with a view and no on-demand features, whatever else it may have."""
    found = load_use_case(EXAMPLE).model_dump(mode="json", exclude_defaults=True)
    left = {name: part for name, part in found.items() if name not in {"entities", "on_demand", "services"}}
    model = {name: part for name, part in found["model"].items() if name != "service"}
    return {**left, "features": [{**VIEW, **view}], "model": {**model, "views": ["customer_history"]}}


def changed(*, view: dict[str, Any] | None = None, **parts: Any) -> UseCase:
    """Return the use case with other parts, as a whole that is valid."""
    found = document(**(view or {}))
    for name, part in parts.items():
        found[name] = {**found[name], **part} if isinstance(part, dict) else part
    return UseCase.model_validate(found)


def test_the_example_is_clean() -> None:
    assert definition_leaks(load_use_case(EXAMPLE)) == ()
    assert definition_leaks(changed()) == ()


@pytest.mark.parametrize("inclusive", [True, False])
def test_a_view_that_counts_answers_from_the_moment_on_leaks(inclusive: bool) -> None:
    found = definition_leaks(changed(view={"timestamp": "issued_on", "inclusive": inclusive}))
    assert [(one.feature, one.severity) for one in found] == [
        ("late_share", "certain"),
        ("mean_days_late", "certain"),
    ]
    assert "days_late" in found[0].found
    assert ("own answer" in found[0].found) is inclusive
    assert "timestamp" in found[0].action


def test_a_view_of_what_is_no_answer_does_not() -> None:
    features = [{"name": "mean_amount", "aggregate": "mean", "of": "amount"}]
    assert definition_leaks(changed(view={"timestamp": "issued_on", "features": features})) == ()


def test_a_condition_on_the_answer_is_seen() -> None:
    features = [{"name": "late_ones", "aggregate": "count", "where": "days_late > 0"}]
    [leak] = definition_leaks(changed(view={"timestamp": "issued_on", "features": features}))
    assert leak.feature == "late_ones"


def test_an_on_demand_feature_that_reads_the_answer_by_way_of_another_leaks() -> None:
    on_demand = [
        {"name": "weeks_late", "expression": "days_late / 7", "type": "decimal"},
        {"name": "burden", "expression": "amount * weeks_late", "type": "decimal"},
        {"name": "log_amount", "expression": "ln(amount)", "type": "decimal"},
    ]
    service = {"name": "all", "views": ["customer_history"], "on_demand": [one["name"] for one in on_demand]}
    model = {"views": [], "service": "all"}
    found = definition_leaks(changed(on_demand=on_demand, services=[service], model=model))
    assert {(one.feature, one.check) for one in found} == {
        ("weeks_late", "reads_target"),
        ("burden", "reads_target"),
    }


def test_a_column_that_a_rule_makes_of_the_answer_leaks() -> None:
    found = document()
    rule = {"augment": "derive", "column": "weeks", "sql": "days_late / 7", "type": "decimal"}
    found["datasets"][0]["rules"].append(rule)
    found["model"]["features"].append("weeks")
    [leak] = definition_leaks(UseCase.model_validate(found))
    assert (leak.feature, leak.severity) == ("weeks", "certain")


def test_what_the_answer_is_made_of_is_for_a_person_to_look_at() -> None:
    found = document()
    rule = {"augment": "derive", "column": "loss", "sql": "days_late * amount", "type": "decimal"}
    found["datasets"][0]["rules"].append(rule)
    found["model"] |= {"target": {"column": "loss", "above": 0.0}, "views": []}
    [leak] = definition_leaks(UseCase.model_validate(found))
    assert (leak.feature, leak.severity) == ("amount", "possible")
