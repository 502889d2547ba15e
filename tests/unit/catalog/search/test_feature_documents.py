"""Feature views, features, on-demand features and services are found with what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from penstock.catalog import Catalog
from penstock.catalog.search import Document, build, collect, find, parse_query
from penstock.features.catalogue import FeatureCatalogue
from penstock.models import ModelRepository
from penstock.stores import MemoryItems
from tests.unit.features.catalogue.conftest import AT, LATER, case

NOW = "2026-03-01T00:00:00.000Z"


def registered(*edits: Any) -> tuple[Catalog, FeatureCatalogue]:
    catalog, features = Catalog(MemoryItems()), FeatureCatalogue(MemoryItems())
    catalog.register(case(*edits), by="dana", at=AT)
    features.register(case(*edits), by="dana", at=AT)
    return catalog, features


def by_node(catalog: Catalog, features: FeatureCatalogue | None) -> dict[str, Document]:
    found, _ = collect(catalog, ModelRepository(MemoryItems()), features)
    return {one.node: one for one in found}


def described(document: dict[str, Any]) -> None:
    document["features"][0].update(meaning="How customers pay", owner="collections", tags=["gold"])
    document["features"][0]["features"][1]["tags"] = ["peak"]
    document["datasets"][0]["columns"][2]["sensitivity"] = "personal"


def test_every_kind_of_definition_is_a_document() -> None:
    found = by_node(*registered(described))
    view, feature = found["feature_view:risk/history"], found["feature:risk/history/highest"]
    assert (view.meaning, view.people, view.terms) == ("How customers pay", ("collections",), ("gold",))
    assert feature.facets == {
        "owner": ("collections",),
        "use_case": ("risk",),
        "sensitivity": ("personal",),
        "tag": ("gold", "peak"),
        "status": ("proposed",),
    }
    assert found["on_demand_feature:risk/above_highest"].facets["sensitivity"] == ("personal",)
    assert "history" in found["feature_service:risk/collecting"].rest


def test_what_a_model_uses_through_its_service_counts_as_used() -> None:
    found = by_node(*registered())
    assert found["feature_view:risk/history"].uses == 2
    assert found["feature_service:risk/collecting"].uses == 1


def test_a_view_is_as_fresh_as_its_last_materialisation() -> None:
    catalog, features = registered()
    facts: dict[str, Any] = {"snapshot_id": "s", "write_time": LATER, "rows": 1, "entities": 1, "at": LATER}
    features.observe("risk", "history", 1, **facts)
    assert by_node(catalog, features)["feature_view:risk/history"].updated_at == LATER


def test_what_is_deprecated_is_found_behind_its_like(tmp_path: Path) -> None:
    def twins(document: dict[str, Any]) -> None:
        first = document["features"][0]
        document["features"].append({**first, "name": "history_again", "features": [
            {"name": "payments_again", "aggregate": "count"}]})  # fmt: skip

    catalog, features = registered(twins)
    path = tmp_path / "index.sqlite"

    def order(text: str) -> list[str]:
        path.unlink(missing_ok=True)
        build(by_node(catalog, features).values(), path, at=NOW)
        return [one.name.text for one in find(path, parse_query(f"kind:feature_view {text}"), now=NOW).hits]

    assert order("customer") == ["history", "history_again"]
    features.deprecate("risk", "history", by="dana", at=LATER, reason="slow")
    assert order("customer") == ["history_again", "history"]
    assert order("status:deprecated") == ["history"]


def test_one_deprecated_feature_leaves_the_others_as_they_are() -> None:
    catalog, features = registered()
    features.deprecate("risk", "history.highest", by="dana", at=LATER, reason="slow")
    found = by_node(catalog, features)
    assert found["feature:risk/history/highest"].facets["status"] == ("deprecated",)
    assert found["feature:risk/history/payments"].facets["status"] == ("in_force",)


def test_without_a_catalogue_the_definition_alone_tells() -> None:
    found = by_node(registered()[0], None)
    assert "status" not in found["feature_view:risk/history"].facets
