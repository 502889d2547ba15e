"""The risk tier of a use case, from the answers of its questionnaire."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.specs import RiskQuestionnaire

Tier = Literal["low", "medium", "high"]

_POINTS: dict[str, dict[str, int]] = {
    "audience": {"internal": 0, "customers": 2, "public": 3},
    "impact": {"convenience": 0, "financial": 2, "legal": 4, "health": 4},
    "autonomy": {"decision_support": 0, "automatic": 2},
}
_LONG_LIVED_MONTHS = 36
_MEDIUM_FROM, _HIGH_FROM = 2, 5


class RiskRating(BaseModel):
    """A tier, the points behind it, and what it demands.

    Attributes
    ----------
    needs_approval
        Whether a person other than the submitter must approve every version.
    approval_hours
        How long an approval may wait before it expires.
    """

    model_config = ConfigDict(frozen=True)

    tier: Tier
    points: dict[str, int]
    needs_approval: bool
    approval_hours: int


def rate(answers: RiskQuestionnaire) -> RiskRating:
    """Rate a use case.

    Examples
    --------
    >>> rate(RiskQuestionnaire()).tier
    'low'
    >>> rate(RiskQuestionnaire(impact="health", personal_data=True)).tier
    'high'
    """
    points = {name: table[getattr(answers, name)] for name, table in _POINTS.items()}
    points["personal_data"] = int(answers.personal_data)
    points["lifetime"] = int(answers.lifetime_months > _LONG_LIVED_MONTHS)
    total = sum(points.values())
    tier: Tier = "high" if total >= _HIGH_FROM else "medium" if total >= _MEDIUM_FROM else "low"
    return RiskRating(
        tier=tier, points=points, needs_approval=tier != "low", approval_hours=72 if tier == "high" else 168
    )
