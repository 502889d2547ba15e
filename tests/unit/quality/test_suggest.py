"""What is suggested from a profile, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog.profiles import ColumnProfile, TopValue
from penstock.quality.suggest import as_yaml, suggest
from penstock.specs.rule import parse_rule


def column(**facts: Any) -> ColumnProfile:
    return ColumnProfile.model_validate(
        {"name": "x", "type": "string", "count": 1_000, "nulls": 0, "distinct": 400, **facts}
    )


def documents(*columns: ColumnProfile) -> list[dict[str, Any]]:
    return [one.document() for one in suggest(columns)]


TWO = (TopValue(value="b", count=700), TopValue(value="a", count=300))


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({}, {"check": "not_null", "column": "x"}),
        ({"nulls": 100}, {"check": "not_null", "column": "x", "severity": "warn", "mostly": 0.88}),
        ({"distinct": 1_000}, {"check": "unique", "column": "x"}),
        ({"distinct": 2, "top": TWO}, {"check": "in_set", "column": "x", "values": ["a", "b"]}),
        ({"type": "decimal", "minimum": 0.0}, {"check": "between", "column": "x", "minimum": 0.0}),
    ],
)
def test_what_data_keep_is_suggested(facts: dict[str, Any], rule: dict[str, Any]) -> None:
    assert rule in documents(column(**facts))


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"nulls": 1_000}, "not_null"),
        ({"distinct": 999}, "unique"),
        ({"type": "decimal", "distinct": 1_000}, "unique"),
        ({"distinct": 2, "top": TWO[:1]}, "in_set"),
        ({"count": 30, "distinct": 2, "top": TWO}, "in_set"),
        ({"distinct": 200, "top": TWO}, "in_set"),
        ({"type": "decimal", "minimum": -0.1}, "between"),
    ],
)
def test_what_they_do_not_keep_is_not(facts: dict[str, Any], name: str) -> None:
    assert name not in [one["check"] for one in documents(column(**facts))]


def test_what_the_contract_says_is_not_suggested_again() -> None:
    known = [parse_rule({"check": "not_null", "columns": ["x", "y"]})]
    assert suggest([column()], known=known) == []


def test_lines_can_be_put_into_a_contract() -> None:
    [line] = as_yaml(suggest([column(name="no")])).splitlines()
    assert line == "- {check: not_null, column: 'no'}  # none of 1,000 rows is without a value"
