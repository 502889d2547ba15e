"""What stays of a document about data when the data have to go: counts and names, no values."""

from __future__ import annotations

from typing import Any

_VALUES = frozenset(
    {
        "bins",
        "bounds",
        "buckets",
        "categorical",
        "data",
        "domains",
        "edges",
        "element_count_list",
        "examples",
        "frequent",
        "histogram",
        "items",
        "lengths",
        "max",
        "maximum",
        "mean",
        "min",
        "minimum",
        "moments",
        "partial_unexpected_counts",
        "partial_unexpected_index_list",
        "partial_unexpected_list",
        "patterns",
        "quantiles",
        "sample",
        "samples",
        "sketch",
        "sketches",
        "std",
        "std_dev",
        "sum",
        "top",
        "top_values",
        "unexpected_index_list",
        "unexpected_list",
        "values",
    }
)
"""Fields that hold values of the data."""
_NAMES = frozenset(
    {
        "arrival_id",
        "at",
        "check",
        "column",
        "columns",
        "contract",
        "dataset",
        "digest",
        "expectation_type",
        "feature_name",
        "file_name",
        "inferred_type",
        "kind",
        "name",
        "rule",
        "semantic",
        "severity",
        "sha256",
        "status",
        "type",
        "use_case",
    }
)
"""Fields whose texts are about the data and none of them."""


def strip_values(document: Any, field: str = "") -> Any:
    """Return a JSON document without values of the data: counts stay, and texts that name something.

    Whatever is not known to be harmless goes, so that a new field of a report cannot keep what must go.

    Examples
    --------
    >>> rule = {"check": "in_set", "broken": 2, "examples": [{"line": 3, "reason": "'ann' is not one"}]}
    >>> profile = [{"name": "who", "nulls": 0, "top": ["ann"]}]
    >>> strip_values({"rows_in": 9, "rules": [rule], "note": "ann", "profile": profile})
    {'rows_in': 9, 'rules': [{'check': 'in_set', 'broken': 2}], 'profile': [{'name': 'who', 'nulls': 0}]}
    """
    if isinstance(document, dict):
        kept = {name: strip_values(value, name) for name, value in document.items() if name not in _VALUES}
        return {name: value for name, value in kept.items() if value is not None}
    if isinstance(document, list):
        stripped = (strip_values(value, field) for value in document)
        return [value for value in stripped if value is not None]
    if isinstance(document, str):
        return document if field in _NAMES else None
    return document
