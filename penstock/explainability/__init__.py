"""Explainability: why a model says what it says, by original column."""

from penstock.explainability.clarify import clarify_analysis
from penstock.explainability.shapley import Explanation, RowExplanation, explain

__all__ = ["Explanation", "RowExplanation", "clarify_analysis", "explain"]
