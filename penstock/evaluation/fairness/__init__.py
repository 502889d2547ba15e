"""Fairness: Clarify's bias metrics for declared facets, their limits, and columns that may be proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.evaluation.fairness.limits import fairness_checks
    from penstock.evaluation.fairness.report import Bias, Outcome, bias_document, bias_of
    from penstock.evaluation.fairness.suggestions import Suggestions, suggest

__all__ = ["Bias", "Outcome", "Suggestions", "bias_document", "bias_of", "fairness_checks", "suggest"]

_HOMES = {
    "Bias": "report",
    "Outcome": "report",
    "Suggestions": "suggestions",
    "bias_document": "report",
    "bias_of": "report",
    "fairness_checks": "limits",
    "suggest": "suggestions",
}

__getattr__ = names_from(__name__, _HOMES)
