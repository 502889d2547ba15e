"""Columns that look more sensitive than declared are listed; nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog.classification import Classification, classify_column, undeclared
from penstock.specs import Contract

FOUND = {
    "contact": classify_column("contact", [f"p{i}@example.org" for i in range(9)]),
    "diagnosis": classify_column("diagnosis", ["asthma", "migraine"]),
    "amount": Classification(column="amount"),
}


def contract(rules: list[dict[str, Any]] | None = None, **declared: dict[str, str]) -> Contract:
    columns = [{"name": name, "type": "string", **declared.get(name, {})} for name in FOUND]
    return Contract(dataset="d", owner="o", steward="s", purpose="p", legal_basis="l",
                    classification="internal", columns=columns, rules=rules or [])  # fmt: skip


def test_what_looks_personal_and_is_not_declared_is_listed() -> None:
    found = undeclared(contract(), FOUND)
    assert [(one.column, one.suggested, one.protect) for one in found] == [
        ("contact", "personal", "hash"), ("diagnosis", "special", "drop"),
    ]  # fmt: skip


@pytest.mark.parametrize("said", [{"sensitivity": "personal"}, {"protect": "hash"}, {"protect": "drop"}])
def test_what_is_declared_is_somebodys_decision(said: dict[str, str]) -> None:
    assert "contact" not in [one.column for one in undeclared(contract(contact=said), FOUND)]


def test_special_data_declared_as_personal_are_listed() -> None:
    found = undeclared(contract(diagnosis={"sensitivity": "personal"}), FOUND)
    assert [(one.declared, one.suggested) for one in found if one.column == "diagnosis"] == [
        ("personal", "special")
    ]


def test_unsure_findings_can_be_left_out() -> None:
    assert undeclared(contract(), FOUND, confidence=0.999) == ()


def test_the_reason_holds_no_value() -> None:
    assert all("example.org" not in one.reason for one in undeclared(contract(), FOUND))
