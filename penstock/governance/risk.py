"""The risk tier of a use case, from the answers of its questionnaire, and what the tier demands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from penstock.specs import RiskQuestionnaire
from penstock.specs.model import ModelSpec

Tier = Literal["low", "medium", "high"]
Role = Literal["model_risk", "business_owner"]

POINTS: dict[str, dict[str, int]] = {
    "audience": {"internal": 0, "customers": 2, "public": 3},
    "impact": {"convenience": 0, "financial": 2, "legal": 4, "health": 4},
    "autonomy": {"decision_support": 0, "automatic": 2},
}
"""How much each answer weighs; personal data, and a life of more than three years, weigh one point each."""

FAIRNESS = "fairness"
"""The demand that groups of people are compared."""

_LONG_LIVED_MONTHS = 36
_FROM: tuple[tuple[int, Tier], ...] = ((5, "high"), (2, "medium"), (0, "low"))


class Demands(BaseModel):
    """What a tier asks before a version serves, and while it does.

    Attributes
    ----------
    gates
        Checks that the verdict must have, and that must have passed; ``fairness`` stands for those of all
        declared limits, one at least, unless the specification says why no groups are compared.
    approvals
        A person of each of these roles approves, each another one and none of them the submitter.
    approval_hours
        How long the question waits before it expires.
    reason
        Whether an approval needs a reason too; a rejection always does.
    review_months
        How long after its approval a version that serves is due for a review.
    """

    model_config = ConfigDict(frozen=True)

    gates: tuple[str, ...] = ()
    approvals: tuple[Role, ...] = ()
    approval_hours: int = 168
    reason: bool = False
    review_months: int


DEMANDS: dict[Tier, Demands] = {
    "low": Demands(review_months=24),
    "medium": Demands(gates=("better_than_baseline",), approvals=("model_risk",), review_months=12),
    "high": Demands(
        gates=("better_than_baseline", FAIRNESS),
        approvals=("model_risk", "business_owner"),
        approval_hours=72,
        reason=True,
        review_months=6,
    ),
}
"""What each tier demands."""


class RiskRating(BaseModel):
    """A tier, the points behind it, and what it demands."""

    model_config = ConfigDict(frozen=True)

    tier: Tier
    points: dict[str, int]
    demands: Demands

    @property
    def needs_approval(self) -> bool:
        """Whether people other than the submitter must approve every version."""
        return bool(self.demands.approvals)

    @property
    def approval_hours(self) -> int:
        """How long an approval may wait before it expires."""
        return self.demands.approval_hours

    def missing_gates(self, verdict: Mapping[str, Any], *, waived: str = "") -> list[str]:
        """Return the gates that the tier demands and a verdict has not, or has as failed.

        Parameters
        ----------
        waived
            Why no groups are compared; then ``fairness`` is not demanded.

        Examples
        --------
        >>> rating = rate(RiskQuestionnaire(impact="financial"))
        >>> rating.missing_gates({"checks": [{"check": "better_than_baseline", "passed": True}]})
        []
        >>> rating.missing_gates({})
        ['better_than_baseline']
        """
        checks: Iterable[Mapping[str, Any]] = verdict.get("checks") or ()
        found = [(str(check["check"]), bool(check["passed"])) for check in checks]
        demanded = [gate for gate in self.demands.gates if not (gate == FAIRNESS and waived)]
        return [gate for gate in demanded if not _has_passed(gate, found)]

    def undeclared(self, model: ModelSpec) -> str:
        """Say what the tier demands of a model's specification that it does not declare; nothing if all is.

        Examples
        --------
        >>> from pathlib import Path
        >>> from penstock.specs import load_use_case
        >>> model = load_use_case(Path("examples/breast_cancer")).model
        >>> rate(RiskQuestionnaire(impact="health", personal_data=True)).undeclared(model)
        "no 'evaluation.facets' and no 'gates.fairness'"
        """
        declared = {
            "evaluation.facets": bool(model.evaluation.facets),
            "gates.fairness": bool(model.gates.fairness),
        }
        if FAIRNESS not in self.demands.gates or model.evaluation.no_facets_because:
            return ""
        return " and ".join(f"no {name!r}" for name, there in declared.items() if not there)


def _has_passed(gate: str, found: Iterable[tuple[str, bool]]) -> bool:
    """Say whether a verdict has a gate and all checks of it passed: there is one a group of people."""
    own = [passed for name, passed in found if _is_of(gate, name)]
    return bool(own) and all(own)


def _is_of(gate: str, name: str) -> bool:
    return name.startswith(f"{FAIRNESS}_") if gate == FAIRNESS else name == gate


def rate(answers: RiskQuestionnaire) -> RiskRating:
    """Rate a use case.

    Examples
    --------
    >>> rate(RiskQuestionnaire()).tier
    'low'
    >>> rating = rate(RiskQuestionnaire(impact="health", personal_data=True))
    >>> rating.tier, rating.demands.approvals
    ('high', ('model_risk', 'business_owner'))
    """
    points = {name: table[getattr(answers, name)] for name, table in POINTS.items()}
    points["personal_data"] = int(answers.personal_data)
    points["lifetime"] = int(answers.lifetime_months > _LONG_LIVED_MONTHS)
    total = sum(points.values())
    tier = next(tier for least, tier in _FROM if total >= least)
    return RiskRating(tier=tier, points=points, demands=DEMANDS[tier])
