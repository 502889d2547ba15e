"""A use case with views, an on-demand feature and a service, on a catalogue in memory."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from penstock.features.catalogue import FeatureCatalogue
from penstock.specs import UseCase
from penstock.stores import MemoryItems

AT = "2026-01-01T00:00:00.000Z"
LATER = "2026-01-02T00:00:00.000Z"
CONTRACT = {
    "dataset": "payments",
    "owner": "finance",
    "steward": "stewart",
    "purpose": "forecasting",
    "legal_basis": "contract",
    "classification": "internal",
    "columns": [
        {"name": "id", "type": "string", "key": True, "nullable": False},
        {"name": "customer", "type": "string"},
        {"name": "amount", "type": "integer"},
        {"name": "city", "type": "string"},
        {"name": "paid", "type": "date"},
        {"name": "late", "type": "integer"},
    ],
}
HISTORY = {
    "name": "history",
    "entity": "customer",
    "dataset": "payments",
    "timestamp": "paid",
    "features": [
        {"name": "payments", "aggregate": "count", "window": "90 days", "meaning": "How often"},
        {"name": "highest", "aggregate": "maximum", "of": "amount"},
    ],
}
DOCUMENT: dict[str, Any] = {
    "name": "risk",
    "title": "Who pays late",
    "owner": "collections",
    "risk": {},
    "datasets": [CONTRACT],
    "entities": [{"name": "customer", "key": "customer"}],
    "features": [HISTORY],
    "on_demand": [{"name": "above_highest", "expression": "amount > highest", "type": "boolean"}],
    "services": [{"name": "collecting", "views": ["history"], "on_demand": ["above_highest"]}],
    "model": {
        "dataset": "payments",
        "target": {"column": "late", "above": 0},
        "timestamp": "paid",
        "features": ["amount"],
        "service": "collecting",
        "split": {"column": "id"},
        "candidates": [{"name": "linear", "algorithm": "logistic_regression"}],
    },
}
Edit = Callable[[dict[str, Any]], object]


def case(*edits: Edit) -> UseCase:
    """Return the use case after some edits of its document."""
    document = copy.deepcopy(DOCUMENT)
    for edit in edits:
        edit(document)
    return UseCase.model_validate(document)


def guarded(document: dict[str, Any]) -> None:
    document["datasets"][0]["classification"] = "confidential"


def personal_city(document: dict[str, Any]) -> None:
    document["datasets"][0]["columns"][3]["sensitivity"] = "personal"


def with_city(document: dict[str, Any]) -> None:
    document["features"][0]["features"].append({"name": "city", "aggregate": "latest", "of": "city"})


def version(number: int) -> Edit:
    return lambda document: document["features"][0].update(version=number)


def longer(document: dict[str, Any]) -> None:
    document["features"][0]["features"][0]["window"] = "180 days"


@pytest.fixture
def catalogue() -> FeatureCatalogue:
    return FeatureCatalogue(MemoryItems())


@pytest.fixture
def register(catalogue: FeatureCatalogue) -> Callable[..., dict[str, str]]:
    """Register the use case after some edits, and tell the status of each version."""

    def registered(*edits: Edit, by: str = "dana", at: str = AT, **options: Any) -> dict[str, str]:
        catalogue.register(case(*edits), by=by, at=at, **options)
        return states(catalogue)

    return registered


def states(catalogue: FeatureCatalogue) -> dict[str, str]:
    return {one.reference: str(one.status) for one in catalogue.definitions("risk")}
