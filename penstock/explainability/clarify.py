"""The explanation in the format of SageMaker Clarify's ``analysis.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.explainability.shapley import Explanation


def clarify_analysis(explanation: Explanation) -> dict[str, Any]:
    """Return the document that SageMaker shows beside a model package.

    Clarify calls every SHAP result ``kernel_shap``; readers look for that key. No bias metrics are
    given because the use case declares no facets.
    """
    values = {"global_shap_values": explanation.global_shap, "expected_value": explanation.base_value}
    return {"version": "1.0", "explanations": {"kernel_shap": {"label0": values}}}
