"""Explanation and bias metrics in the format of SageMaker Clarify's ``analysis.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.explainability.shapley import Explanation


def clarify_analysis(explanation: Explanation, bias: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the document that SageMaker shows beside a model package.

    Parameters
    ----------
    explanation
        Clarify calls every SHAP result ``kernel_shap``; readers look for that key.
    bias
        ``pre_training_bias_metrics`` and ``post_training_bias_metrics``, where facets are declared.
    """
    values = {"global_shap_values": explanation.global_shap, "expected_value": explanation.base_value}
    return {"version": "1.0", **(bias or {}), "explanations": {"kernel_shap": {"label0": values}}}
