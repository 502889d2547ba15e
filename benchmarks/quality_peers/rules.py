"""The rules that every peer checks, and how answers are compared; needs the standard library alone."""

from __future__ import annotations

from typing import Any

CODE, EMAIL, SKU = "^[0-9a-f]{32}$", "^[^@ ]+@[^@ ]+[.][a-z]+$", "^P[0-9]{5}$"
CATEGORIES, COUNTRIES = ["a", "b", "c", "d"], ["DE", "FR", "US", "IT", "ES"]
EARLIEST, LATEST = "2024-01-01", "2024-12-31"

RULES: dict[str, dict[str, Any]] = {
    "id_given": {"check": "not_null", "column": "id"},
    "code_given": {"check": "not_null", "column": "code"},
    "price_given": {"check": "not_null", "column": "price"},
    "active_given": {"check": "not_null", "column": "active"},
    "note_given": {"check": "not_null", "column": "note", "mostly": 0.9},
    "id_once": {"check": "unique", "column": "id"},
    "code_once": {"check": "unique", "column": "code"},
    "code_written": {"check": "matches", "column": "code", "pattern": CODE},
    "email_written": {"check": "matches", "column": "email", "pattern": EMAIL},
    "sku_written": {"check": "matches", "column": "sku", "pattern": SKU},
    "amount_range": {"check": "between", "column": "amount", "minimum": 0, "maximum": 10_000},
    "price_range": {"check": "between", "column": "price", "minimum": 0},
    "quantity_range": {"check": "between", "column": "quantity", "minimum": 0, "maximum": 99},
    "share_a_range": {"check": "between", "column": "share_a", "minimum": 0, "maximum": 1},
    "share_b_range": {"check": "between", "column": "share_b", "minimum": 0, "maximum": 1},
    "share_c_range": {"check": "between", "column": "share_c", "minimum": 0, "maximum": 1},
    "visits_range": {"check": "between", "column": "visits", "minimum": 0},
    "clicks_range": {"check": "between", "column": "clicks", "maximum": 49},
    "category_known": {"check": "in_set", "column": "category", "values": CATEGORIES},
    "country_known": {"check": "in_set", "column": "country", "values": COUNTRIES},
    "note_length": {"check": "length", "column": "note", "minimum": 1, "maximum": 8},
    "booked_range": {"check": "date_between", "column": "booked", "earliest": EARLIEST, "latest": LATEST},
    "paid_after_ordered": {"check": "greater", "column": "paid", "other": "ordered", "or_equal": True},
    "mean_amount": {"check": "mean", "column": "amount", "minimum": 4_000, "maximum": 6_000},
    "max_price": {"check": "maximum", "column": "price", "maximum": 20_000},
    "min_weight": {"check": "minimum", "column": "weight", "minimum": 0},
    "sum_quantity": {"check": "sum", "column": "quantity", "minimum": 1},
    "std_weight": {"check": "standard_deviation", "column": "weight", "maximum": 5_000},
    "distinct_category": {"check": "distinct_count", "column": "category", "maximum": 4},
    "rows": {"check": "row_count", "minimum": 1},
}
"""Thirty rules: rows are counted that break the first twenty-three, a figure is found for the others."""

FIGURES = (
    "mean_amount",
    "max_price",
    "min_weight",
    "sum_quantity",
    "std_weight",
    "distinct_category",
    "rows",
)
TYPES = {
    "id": "integer", "code": "string", "amount": "decimal", "price": "decimal", "quantity": "integer",
    "category": "string", "country": "string", "email": "string", "ordered": "date", "paid": "date",
    "booked": "timestamp", "active": "boolean", "share_a": "decimal", "share_b": "decimal",
    "share_c": "decimal", "visits": "integer", "clicks": "integer", "note": "string", "sku": "string",
    "weight": "decimal",
}  # fmt: skip


def contract() -> dict[str, Any]:
    """Return the contract as a mapping."""
    return {
        "dataset": "payments", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
        "classification": "internal",
        "columns": [{"name": name, "type": kind} for name, kind in TYPES.items()],
        "rules": list(RULES.values()),
    }  # fmt: skip


def different(one: dict[str, float], other: dict[str, float]) -> dict[str, tuple[float, float | None]]:
    """Return the answers that differ: counts must be equal, figures nearly."""
    return {
        name: (value, other.get(name))
        for name, value in one.items()
        if name not in other or abs(other[name] - value) > (1e-9 * abs(value) if name in FIGURES else 0)
    }
