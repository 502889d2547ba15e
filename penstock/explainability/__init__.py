"""Explainability: why a model says what it says, by original column."""

from penstock.explainability.clarify import clarify_analysis
from penstock.explainability.shapley import Explanation, RowExplanation, explain
from penstock.explainability.tree_values import TreeShap, tree_interactions, tree_shap
from penstock.explainability.trees import UnreadableTrees

__all__ = [
    "Explanation",
    "RowExplanation",
    "TreeShap",
    "UnreadableTrees",
    "clarify_analysis",
    "explain",
    "tree_interactions",
    "tree_shap",
]
