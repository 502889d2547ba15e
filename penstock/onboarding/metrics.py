"""Metrics of an arrival in CloudWatch's embedded metric format: a line of the log becomes metrics by itself.

Source: CloudWatch user guide, "Specification: Embedded metric format".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

NAMESPACE = "Penstock/Onboarding"
_COUNTS = ("rows_in", "rows_curated", "rows_quarantined", "rules_broken")
_DIMENSIONS = ("use_case", "dataset")


def arrival_metrics(facts: Mapping[str, Any], *, at: str) -> dict[str, Any]:
    """Return the log line of an arrival that has its outcome.

    Parameters
    ----------
    facts
        ``use_case``, ``dataset``, ``arrival_id`` and ``outcome``, with the counts that are known.
    at
        The time, ISO 8601.

    Examples
    --------
    >>> line = arrival_metrics({"use_case": "uc", "dataset": "ds", "arrival_id": "1", "outcome": "refused"},
    ...                        at="2025-01-01T00:00:00.000Z")
    >>> [one["Name"] for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]], line["refused"]
    (['refused'], 1)
    """
    counts = {name: int(facts[name]) for name in _COUNTS if facts.get(name) is not None}
    counts[str(facts["outcome"])] = 1
    declared = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(_DIMENSIONS)],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in counts],
    }
    moment = int(datetime.fromisoformat(at).timestamp() * 1_000)
    return {
        "_aws": {"Timestamp": moment, "CloudWatchMetrics": [declared]},
        **{name: facts[name] for name in (*_DIMENSIONS, "arrival_id")},
        **counts,
    }
