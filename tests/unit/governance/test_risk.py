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
