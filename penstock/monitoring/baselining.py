"""The baseline that live traffic is compared with: statistics and constraints of the training rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.monitoring.profile import ColumnProfile, InferredType, statistics_document
from penstock.specs import MonitoringSpec

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.training.artefact import ModelColumn

SCORE = "prediction_score"
"""Name under which the model's scores are watched beside its inputs."""

TYPES: dict[str, InferredType] = {
    "integer": "Integral",
    "decimal": "Fractional",
    "boolean": "String",
    "string": "String",
}
MAXIMUM_DOMAIN = 50
_SHARE_OF_MISTYPED = 0.1
_SHARE_OF_UNKNOWN_WORDS = 0.1


def baseline(
    table: pa.Table,
    columns: Sequence[ModelColumn],
    *,
    scores: NDArray[np.float64],
    spec: MonitoringSpec,
    output: Path,
) -> None:
    """Write ``statistics.json`` and ``constraints.json``.

    Parameters
    ----------
    table
        The training rows.
    columns
        The model's inputs, with their types.
    scores
        The model's answers on rows that it was not trained on.
    spec
        Limits of drift, stored in the constraints.
    output
        Folder for the two files.
    """
    profiles = [profile_arrow(table[column.name], column) for column in columns]
    profiles.append(ColumnProfile(SCORE, "Fractional", numbers=np.asarray(scores, dtype=np.float64)))
    output.mkdir(parents=True, exist_ok=True)
    documents = {
        "statistics": statistics_document(profiles, table.num_rows),
        "constraints": {
            "version": 0.0,
            "features": [_constraint(profile) for profile in profiles],
            "monitoring_config": monitoring_config(spec),
        },
    }
    for name, document in documents.items():
        (output / f"{name}.json").write_text(json.dumps(document) + "\n", encoding="utf-8")


def profile_arrow(values: pa.ChunkedArray, column: ModelColumn) -> ColumnProfile:
    """Profile an Arrow column."""
    from penstock.training.arrow import count_words, known_numbers

    kind, missing = TYPES[column.type], values.null_count
    if kind != "String":
        return ColumnProfile(column.name, kind, missing=missing, numbers=known_numbers(values))
    return ColumnProfile(column.name, kind, missing=missing, words=count_words(values))


def _constraint(profile: ColumnProfile) -> dict[str, Any]:
    """Suggest one column's constraints."""
    entry: dict[str, Any] = {
        "name": profile.name,
        "inferred_type": profile.inferred_type,
        "completeness": profile.present / profile.rows if profile.rows else 1.0,
    }
    if profile.inferred_type != "String":
        positive = bool(len(profile.numbers) and profile.numbers.min() >= 0)
        return {**entry, "num_constraints": {"is_non_negative": positive}}
    if len(profile.words) <= MAXIMUM_DOMAIN:
        return {**entry, "string_constraints": {"domains": sorted(profile.words)}}
    return entry


def monitoring_config(spec: MonitoringSpec) -> dict[str, Any]:
    """Write the specification's limits as Model Monitor's configuration."""
    return {
        "evaluate_constraints": "Enabled",
        "emit_metrics": "Enabled",
        "datatype_check_threshold": _SHARE_OF_MISTYPED,
        "domain_content_threshold": _SHARE_OF_UNKNOWN_WORDS,
        "distribution_constraints": {
            "perform_comparison": "Enabled",
            "comparison_threshold": spec.drift_threshold,
            "comparison_method": "Robust",
            "categorical_comparison_threshold": spec.categorical_drift_threshold,
            "categorical_drift_method": "LInfinity",
        },
    }
