"""Which answers make which tier."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.governance import rate
from penstock.specs import RiskQuestionnaire


@pytest.mark.parametrize(
    ("answers", "tier", "points"),
    [
        ({}, "low", 0),
        ({"personal_data": True}, "low", 1),
        ({"lifetime_months": 36}, "low", 0),
        ({"lifetime_months": 37}, "low", 1),
        ({"lifetime_months": 37, "personal_data": True}, "medium", 2),
        ({"impact": "financial"}, "medium", 2),
        ({"audience": "customers"}, "medium", 2),
        ({"autonomy": "automatic"}, "medium", 2),
        ({"audience": "public"}, "medium", 3),
        ({"impact": "legal"}, "medium", 4),
        ({"audience": "customers", "impact": "financial"}, "medium", 4),
        ({"impact": "health", "personal_data": True}, "high", 5),
        ({"audience": "public", "impact": "financial"}, "high", 5),
        (
            {
                "audience": "public",
                "impact": "health",
                "autonomy": "automatic",
                "personal_data": True,
                "lifetime_months": 48,
            },
            "high",
            11,
        ),
    ],
)
def test_answers_make_a_tier(answers: dict[str, Any], tier: str, points: int) -> None:
    rating = rate(RiskQuestionnaire(**answers))
    assert (rating.tier, sum(rating.points.values())) == (tier, points)


@pytest.mark.parametrize(
    ("answers", "person", "hours"),
    [
        ({}, False, 168),
        ({"impact": "legal"}, True, 168),
        ({"impact": "legal", "personal_data": True}, True, 72),
    ],
)
def test_a_tier_demands_a_person_and_gives_time(answers: dict[str, Any], person: bool, hours: int) -> None:
    rating = rate(RiskQuestionnaire(**answers))
    assert (rating.needs_approval, rating.approval_hours) == (person, hours)


def verdict(**checks: bool) -> dict[str, Any]:
    return {"checks": [{"check": name, "passed": passed} for name, passed in checks.items()]}


@pytest.mark.parametrize(
    ("checks", "waived", "missing"),
    [
        ({"better_than_baseline": True}, "", ["fairness"]),
        ({"better_than_baseline": True, "fairness_DPPL": True}, "", []),
        ({"better_than_baseline": True, "fairness_DPPL": True, "fairness_AD": False}, "", ["fairness"]),
        ({"better_than_baseline": True, "fairness": True}, "", ["fairness"]),
        ({"better_than_baseline": True}, "no people", []),
        ({}, "no people", ["better_than_baseline"]),
    ],
)
def test_a_high_risk_is_compared_by_groups_or_says_why_not(
    checks: dict[str, bool], waived: str, missing: list[str]
) -> None:
    rating = rate(RiskQuestionnaire(impact="legal", personal_data=True))
    assert rating.missing_gates(verdict(**checks), waived=waived) == missing


def test_a_medium_risk_need_not_compare_groups() -> None:
    assert rate(RiskQuestionnaire(impact="legal")).missing_gates(verdict(better_than_baseline=True)) == []


def test_one_group_beyond_its_limit_is_enough_to_fail() -> None:
    found = [("better_than_baseline", True), ("fairness_DPPL", False), ("fairness_DPPL", True)]
    checks = {"checks": [{"check": name, "passed": passed} for name, passed in found]}
    assert rate(RiskQuestionnaire(impact="legal", personal_data=True)).missing_gates(checks) == ["fairness"]
