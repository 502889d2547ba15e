"""A use case with something of everything that features can say."""

from __future__ import annotations

from typing import Any

from penstock.specs import UseCase
from penstock.specs.loader import parse_use_case

_COLUMNS = [
    {"name": "customer", "type": "string", "key": True}, {"name": "amount", "type": "decimal"},
    {"name": "items", "type": "integer"}, {"name": "late", "type": "boolean"},
    {"name": "born", "type": "date"},
    {"name": "seen", "type": "timestamp"}, {"name": "note", "type": "string"},
    {"name": "paid", "type": "timestamp"}, {"name": "shop", "type": "integer"},
]  # fmt: skip
_CONTRACT = {
    "dataset": "payments", "owner": "finance", "steward": "finance-data", "purpose": "forecasting",
    "legal_basis": "contract", "classification": "internal", "columns": _COLUMNS,
}  # fmt: skip
VIEWS: list[dict[str, Any]] = [
    {
        "name": "spending", "version": 3, "entity": "customer", "dataset": "payments", "timestamp": "paid",
        "delay": "2 hours", "time_to_live_days": 5, "where": "amount > 0", "partition": "day",
        "owner": "risk",
        "refresh": {"kind": "schedule", "expression": "cron(0 6 * * ? *)"},
        "meaning": 'What "they" spend\nin all',
        "tags": ["gold", "team=risk", "team=credit"],
        "deprecated": {"since": "2026-01-01", "reason": "old", "replaced_by": "person"},
        "features": [
            {"name": "spent", "aggregate": "sum", "of": "amount", "window": "90 days", "unit": "EUR",
             "meaning": "Spent lately", "tags": ["money"], "sensitivity": "personal"},
            {"name": "often", "aggregate": "count", "where": "late"},
            {"name": "big", "aggregate": "share_above", "of": "amount", "threshold": 0.5},
            {"name": "most", "aggregate": "maximum", "of": "items"},
        ],
    },
    {
        "name": "person", "entity": "customer", "dataset": "payments", "timestamp": "paid", "inclusive": True,
        "online": False,
        "features": [
            {"name": "birthday", "expression": "born", "type": "date"},
            {"name": "last_seen", "aggregate": "latest", "of": "seen"},
            {"name": "was_late", "expression": "late", "type": "boolean"},
            {"name": "last_note", "expression": "note || '!'", "type": "string",
             "deprecated": {"since": "2026-01-01", "reason": "personal"}},
        ],
    },
    {
        "name": "shops", "entity": {"name": "shop", "key": "shop", "type": "integer", "meaning": "Where"},
        "dataset": "payments", "timestamp": "paid", "delay": "1 day", "time_to_live_days": 2,
        "features": [{"name": "customers", "aggregate": "distinct", "of": "customer"}],
    },
]  # fmt: skip
ON_DEMAND: list[dict[str, Any]] = [
    {"name": "share", "expression": "amount / nullif(spent, 0)", "type": "decimal", "unit": "1",
     "meaning": "Of all", "tags": ["a"]},
    {"name": "is_big", "expression": "share > 0.5 AND coalesce(was_late, false)", "type": "boolean"},
    {"name": "doubled", "expression": "items * 2", "type": "integer"},
    {"name": "label", "expression": "upper(note) || '\"' || last_note", "type": "string"},
    {"name": "day", "expression": "CAST(seen AS DATE)", "type": "date"},
    {"name": "since", "expression": "last_seen", "type": "timestamp"},
]  # fmt: skip
SERVICES: list[dict[str, Any]] = [
    {"name": "everything", "views": ["spending", "person", "shops"],
     "on_demand": ["share", "is_big", "doubled", "label", "day", "since"], "owner": "risk", "meaning": "All",
     "tags": ["x=y"]},
    {"name": "some", "views": [{"view": "spending", "features": ["spent", "big"]},
                               {"view": "shops", "features": ["customers"]}], "on_demand": ["share"],
     "deprecated": {"since": "2026-01-01", "reason": "old"}},
]  # fmt: skip


def use_case(**changes: Any) -> UseCase:
    """Return the use case."""
    document: dict[str, Any] = {
        "name": "demo", "title": "Demo", "owner": "risk", "risk": {}, "datasets": [_CONTRACT],
        "entities": [{"name": "customer", "key": "customer", "meaning": "Who pays"}],
        "features": VIEWS, "on_demand": ON_DEMAND, "services": SERVICES,
        "model": {"dataset": "payments", "features": ["amount"], "target": {"column": "late"},
                  "split": {"column": "paid"}, "candidates": [{"name": "one", "algorithm": "prior"}]},
    }  # fmt: skip
    return parse_use_case({**document, **changes}, where="test")
