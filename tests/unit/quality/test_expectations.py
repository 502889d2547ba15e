"""Suites that are no suites, and what cannot be taken over."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import InvalidSpec
from penstock.quality.expectations import read_suite, write_suite
from penstock.specs.rule import parse_rule

BETWEEN = "expect_column_values_to_be_between"


def suite(*expectations: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"name": "s", "expectations": [{"type": name, "kwargs": kwargs} for name, kwargs in expectations]}


@pytest.mark.parametrize("document", [{}, {"expectations": "all"}, {"expectations": [1]}])
def test_what_is_no_suite_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec, match="no suite"):
        read_suite(document)


@pytest.mark.parametrize(
    ("expectation", "kwargs", "why"),
    [
        ("expect_column_values_to_be_of_type", {"column": "x", "type_": "int64"}, "no check of the same"),
        (BETWEEN, {"column": "x", "min_value": 1, "row_condition": "y > 1"}, "row_condition"),
        (BETWEEN, {"column": "x", "min_value": {"$PARAMETER": "low"}}, "parameter low"),
        (BETWEEN, {"column": "x y", "min_value": 1}, "column"),
        (BETWEEN, {"column": "x", "min_value": 1, "colour": "red"}, "colour cannot be said"),
        ("expect_column_values_to_match_regex", {"column": "x", "regex": "("}, "pattern"),
        ("expect_compound_columns_to_be_unique", {"column_list": ["x", "y"]}, "ignore_row_if"),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "SELECT 1"}, "{batch}"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(
    expectation: str, kwargs: dict[str, Any], why: str
) -> None:
    imported = read_suite(suite((expectation, kwargs)))
    assert imported.rules == ()
    assert why in imported.refused[0].why


def test_parameters_are_put_in() -> None:
    kwargs = {"column": "x", "min_value": {"$PARAMETER": "low"}}
    [rule] = read_suite(suite((BETWEEN, kwargs)), parameters={"low": 2}).rules
    assert rule.model_dump()["minimum"] == 2


def test_dates_become_a_check_of_days() -> None:
    [rule] = read_suite(suite((BETWEEN, {"column": "x", "min_value": "2025-01-01"}))).rules
    assert rule.name == "date_between"


def test_a_check_of_several_columns_is_an_expectation_each() -> None:
    written, _ = write_suite([parse_rule({"check": "not_null", "columns": ["a", "b"]})], name="s")
    assert [entry["kwargs"]["column"] for entry in written["expectations"]] == ["a", "b"]


@pytest.mark.parametrize(
    "rule",
    [
        {"check": "freshness", "column": "day", "hours": 1},
        {"check": "not_like", "column": "x", "patterns": ["a%", "b%"], "match": "all"},
        {"check": "sum_equals", "columns": ["a", "b"], "total": 1, "tolerance": 0.1},
        {"check": "unique", "column": "x", "ignore_case": True},
    ],
)
def test_what_no_expectation_says_is_left(rule: dict[str, Any]) -> None:
    written, left = write_suite([parse_rule(rule)], name="s")
    assert written["expectations"] == []
    assert [one.name for one in left] == [rule["check"]]


def test_severity_and_reason_of_ours_come_back() -> None:
    rule = parse_rule({"check": "not_null", "column": "a", "severity": "refuse", "reason": "An id is needed"})
    written, _ = write_suite([rule], name="s")
    assert read_suite(written).rules == (rule,)
