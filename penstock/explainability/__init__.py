"""Explainability: why a model says what it says, by original column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.explainability.background import (
        BACKGROUND,
        background_of,
        read_background,
        write_background,
    )
    from penstock.explainability.clarify import clarify_analysis
    from penstock.explainability.dependence import PartialDependence, partial_dependence, partial_dependences
    from penstock.explainability.explainer import BUDGET, Explainer, explain_rows
    from penstock.explainability.explanation import Explanation, NotAdditive, RowExplanation
    from penstock.explainability.interplay import Interaction, interactions
    from penstock.explainability.limits import Limits, limits_of
    from penstock.explainability.local_model import LocalModel, lime
    from penstock.explainability.meanings import (
        MEANINGS,
        WITHHELD,
        Meaning,
        Meanings,
        meanings_of,
        read_meanings,
        write_meanings,
    )
    from penstock.explainability.mixing import CannotExplain
    from penstock.explainability.shapley import explain
    from penstock.explainability.tree_values import TreeShap, tree_interactions, tree_shap
    from penstock.explainability.trees import UnreadableTrees
    from penstock.explainability.turning import Change, Counterfactual, counterfactual
    from penstock.explainability.wording import reasons, sentence

__all__ = [
    "BACKGROUND",
    "BUDGET",
    "MEANINGS",
    "WITHHELD",
    "CannotExplain",
    "Change",
    "Counterfactual",
    "Explainer",
    "Explanation",
    "Interaction",
    "Limits",
    "LocalModel",
    "Meaning",
    "Meanings",
    "NotAdditive",
    "PartialDependence",
    "RowExplanation",
    "TreeShap",
    "UnreadableTrees",
    "background_of",
    "clarify_analysis",
    "counterfactual",
    "explain",
    "explain_rows",
    "interactions",
    "lime",
    "limits_of",
    "meanings_of",
    "partial_dependence",
    "partial_dependences",
    "read_background",
    "read_meanings",
    "reasons",
    "sentence",
    "tree_interactions",
    "tree_shap",
    "write_background",
    "write_meanings",
]

_HOMES = {
    "BACKGROUND": "background",
    "BUDGET": "explainer",
    "MEANINGS": "meanings",
    "WITHHELD": "meanings",
    "CannotExplain": "mixing",
    "Change": "turning",
    "Counterfactual": "turning",
    "Explainer": "explainer",
    "Explanation": "explanation",
    "Interaction": "interplay",
    "Limits": "limits",
    "LocalModel": "local_model",
    "Meaning": "meanings",
    "Meanings": "meanings",
    "NotAdditive": "explanation",
    "PartialDependence": "dependence",
    "RowExplanation": "explanation",
    "TreeShap": "tree_values",
    "UnreadableTrees": "trees",
    "background_of": "background",
    "clarify_analysis": "clarify",
    "counterfactual": "turning",
    "explain": "shapley",
    "explain_rows": "explainer",
    "interactions": "interplay",
    "lime": "local_model",
    "limits_of": "limits",
    "meanings_of": "meanings",
    "partial_dependence": "dependence",
    "partial_dependences": "dependence",
    "read_background": "background",
    "read_meanings": "meanings",
    "reasons": "wording",
    "sentence": "wording",
    "tree_interactions": "tree_values",
    "tree_shap": "tree_values",
    "write_background": "background",
    "write_meanings": "meanings",
}

__getattr__ = names_from(__name__, _HOMES)
