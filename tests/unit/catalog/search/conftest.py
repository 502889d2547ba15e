"""A small catalogue: what is registered, used and said about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.catalog.search import Document, SearchResults, build, find, parse_query
from penstock.models import ModelRepository
from penstock.specs import UseCase
from penstock.stores import MemoryItems

NOW = "2026-03-01T00:00:00.000Z"
Find = Callable[..., SearchResults]


def document(node: str, **facts: Any) -> Document:
    kind, _, path = node.partition(":")
    return Document(node=node, kind=kind, **{"name": path.rpartition("/")[2], **facts})


DOCUMENTS = [
    document("dataset:shop/orders", meaning="What customers ordered.", people=("sales",),
             facets={"owner": ("sales",), "classification": ("internal",), "tag": ("gold",)}),
    document("column:shop/orders/customer_email", place="shop orders", meaning="Where to write to.",
             facets={"owner": ("sales",), "sensitivity": ("personal",)}),
    document("column:shop/orders/orderTotal", place="shop orders", meaning="Sum of all lines, in euros."),
    document("column:shop/orders/straße", place="shop orders", meaning="Straße und Hausnummer"),
    document("feature:shop/history/mean_total", place="shop history", meaning="Average of order totals",
             facets={"owner": ("Sales",)}),
    document("term:Churn", meaning="A customer who no longer orders.", terms=("attrition", "Abwanderung")),
]  # fmt: skip


@pytest.fixture(scope="session", params=[True, False], ids=["full text", "scan"])
def ask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Find:
    """Ask an index with and without FTS5."""
    path = tmp_path_factory.mktemp("index") / "index.sqlite"
    build(DOCUMENTS, path, at=NOW, full_text=request.param)

    def asked(text: str, *, filters: Any = None, **options: Any) -> SearchResults:
        return find(path, parse_query(text, filters), now=NOW, **options)

    return asked


def case(name: str = "demo_case", **changes: Any) -> UseCase:
    contract = {
        "dataset": "invoices",
        "description": "Invoices of a month.",
        "owner": "finance",
        "steward": "stewart",
        "purpose": "forecasting",
        "legal_basis": "contract",
        "classification": "confidential",
        "columns": [
            {"name": "id", "type": "string", "key": True, "nullable": False},
            {"name": "amount", "type": "decimal", "unit": "EUR", "meaning": "What is to be paid"},
            {"name": "note", "type": "string", "sensitivity": "personal"},
            {"name": "day", "type": "date"},
            {"name": "late", "type": "integer"},
        ],
    }
    view = {
        "name": "history",
        "entity": {"name": "customer", "key": "id"},
        "dataset": "invoices",
        "timestamp": "day",
        "features": [
            {"name": "mean_amount", "aggregate": "mean", "of": "amount", "meaning": "Average amount"}
        ],
    }
    document = {
        "name": name,
        "title": "A demonstration",
        "owner": "finance-data",
        "risk": {"impact": "financial"},
        "datasets": [contract],
        "features": [view],
        "model": {
            "dataset": "invoices",
            "target": {"column": "late"},
            "timestamp": "day",
            "features": ["amount"],
            "views": ["history"],
            "split": {"column": "id"},
            "candidates": [{"name": "linear", "algorithm": "logistic_regression"}],
        },
    }
    return UseCase.model_validate({**document, **changes})


@pytest.fixture
def catalog() -> Catalog:
    found = Catalog(MemoryItems())
    found.register(case(), by="dana", at="2026-01-01T00:00:00.000Z")
    return found


@pytest.fixture
def models() -> ModelRepository:
    return ModelRepository(MemoryItems())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir()
    return tmp_path
