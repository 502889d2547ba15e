"""Explanation and bias metrics in the formats of SageMaker Clarify: ``analysis.json`` and ``out.csv``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.explainability.exact import Contributions
    from penstock.explainability.explanation import Explanation

LOCAL_VALUES = "explanations_shap/out.csv"
"""Where Clarify keeps the values of single rows, beside ``analysis.json``."""


def clarify_analysis(explanation: Explanation, bias: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the document that SageMaker shows beside a model package.

    Of several classes or clusters each has its entry: ``label0``, ``label1`` and so on, in their order.

    Parameters
    ----------
    explanation
        Clarify calls every SHAP result ``kernel_shap``; readers look for that key.
    bias
        ``pre_training_bias_metrics`` and ``post_training_bias_metrics``, where facets are declared.
    """
    by_class = [
        (explanation.global_shap_by_class[name], base) for name, base in explanation.base_values.items()
    ] or [(explanation.global_shap, explanation.base_value)]
    labels = {
        f"label{place}": {"global_shap_values": values, "expected_value": base}
        for place, (values, base) in enumerate(by_class)
    }
    return {"version": "1.0", **(bias or {}), "explanations": {"kernel_shap": labels}}


def write_local_values(folder: Path, contributions: Contributions, names: tuple[str, ...]) -> Path:
    """Write the values of single rows as Clarify does: columns ``<name>_label<n>``, class by class.

    Parameters
    ----------
    folder
        Where ``analysis.json`` is.
    contributions
        Values of all explained rows.
    names
        The model's raw columns.
    """
    path = folder / LOCAL_VALUES
    path.parent.mkdir(parents=True, exist_ok=True)
    values = contributions.values
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([f"{name}_label{place}" for place in range(values.shape[1]) for name in names])
        writer.writerows([f"{value:.9g}" for value in row.ravel()] for row in values)
    return path
