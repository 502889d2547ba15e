"""Explanations of predictions: given with answers, computed in batches, stored in the lake, found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.explanations.asking import Ask, read_ask
    from penstock.explanations.drift import Attributions, attributions, ndcg
    from penstock.explanations.masking import masked_columns
    from penstock.explanations.on_the_spot import explain_captured
    from penstock.explanations.reasoner import Reasoned, Reasoner
    from penstock.explanations.records import StoredExplanation
    from penstock.explanations.store import ExplanationStore

__all__ = [
    "Ask",
    "Attributions",
    "ExplanationStore",
    "Reasoned",
    "Reasoner",
    "StoredExplanation",
    "attributions",
    "explain_captured",
    "masked_columns",
    "ndcg",
    "read_ask",
]

_HOMES = {
    "Ask": "asking",
    "read_ask": "asking",
    "Attributions": "drift",
    "attributions": "drift",
    "ndcg": "drift",
    "masked_columns": "masking",
    "explain_captured": "on_the_spot",
    "Reasoned": "reasoner",
    "Reasoner": "reasoner",
    "StoredExplanation": "records",
    "ExplanationStore": "store",
}

__getattr__ = names_from(__name__, _HOMES)
