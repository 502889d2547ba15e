"""Everything that is registered, and what is known about it, becomes a document."""

from __future__ import annotations

from typing import Any

from penstock.catalog import Arrival, Catalog, LandedObject, Part
from penstock.catalog.metadata import Term
from penstock.catalog.search import Document, collect
from penstock.models import ModelRepository, Stage
from penstock.stores import MemoryItems
from tests.unit.catalog.search.conftest import case

AT = "2026-02-01T00:00:00.000Z"


def by_node(catalog: Catalog, models: ModelRepository) -> dict[str, Document]:
    return {document.node: document for document in collect(catalog, models)[0]}


def arrive(catalog: Catalog, name: str, *, curated: int, at: str = AT) -> None:
    landed = LandedObject(bucket="b", key=f"demo_case/invoices/{name}.csv", version="1", size=1)
    place = {"use_case": "demo_case", "dataset": "invoices", "file_name": f"{name}.csv"}
    arrival = Arrival(id=name, **place, object=landed, received_at=at, updated_at=at)
    catalog.begin(arrival)
    rows = {"rows_in": 10, "rows_curated": curated, "rows_quarantined": 10 - curated}
    catalog.accept("demo_case", "invoices", name, rows=rows, report_key="r", at=at)
    part = Part(key=name, version="1", bytes=1, rows=curated, sha256=name)
    catalog.commit("demo_case", "invoices", name, parts=[part], columns=[], at=at)


def test_use_case_datasets_columns_views_and_features_are_found(
    catalog: Catalog, models: ModelRepository
) -> None:
    assert set(by_node(catalog, models)) == {
        "use_case:demo_case",
        "dataset:demo_case/invoices",
        *(f"column:demo_case/invoices/{name}" for name in ("id", "amount", "note", "day", "late")),
        "feature_view:demo_case/history",
        "feature:demo_case/history/mean_amount",
    }


def test_a_document_says_what_it_belongs_to_who_owns_it_and_how_sensitive_it_is(
    catalog: Catalog, models: ModelRepository
) -> None:
    found = by_node(catalog, models)
    note, dataset = found["column:demo_case/invoices/note"], found["dataset:demo_case/invoices"]
    assert note.facets == {
        "owner": ("finance",),
        "classification": ("confidential",),
        "use_case": ("demo_case",),
        "sensitivity": ("personal",),
        "tag": (),
    }
    assert (note.place, note.people) == ("demo_case invoices", ("finance", "stewart"))
    assert dataset.facets["sensitivity"] == ("personal",)
    assert dataset.updated_at == "2026-01-01T00:00:00.000Z"


def test_a_column_counts_how_often_it_is_used_and_more_when_the_model_is_live(
    catalog: Catalog, models: ModelRepository
) -> None:
    def uses() -> dict[str, int]:
        return {
            node.rpartition("/")[2]: one.uses
            for node, one in by_node(catalog, models).items()
            if one.kind == "column"
        }

    assert uses() == {"id": 1, "amount": 2, "note": 0, "day": 1, "late": 1}
    register(models, Stage.DEPLOYING)
    models.move("demo_case", 1, Stage.CHAMPION, by="serving", at=AT)
    assert uses() == {"id": 1, "amount": 4, "note": 0, "day": 1, "late": 3}


def test_what_arrived_last_says_how_fresh_and_good_a_dataset_is(
    catalog: Catalog, models: ModelRepository
) -> None:
    arrive(catalog, "a", curated=5)
    arrive(catalog, "b", curated=9, at="2026-02-02T00:00:00.000Z")
    arrive(catalog, "a", curated=5, at="2026-02-03T00:00:00.000Z")
    found = by_node(catalog, models)["column:demo_case/invoices/amount"]
    assert (found.updated_at, found.quality) == ("2026-02-02T00:00:00.000Z", 0.9)


def test_versions_of_models_are_found_with_their_stage(catalog: Catalog, models: ModelRepository) -> None:
    register(models, Stage.REFUSED)
    found = by_node(catalog, models)["model:demo_case/1"]
    assert (found.meaning, found.quality, found.uses) == ("linear, refused", 0.0, 0)
    assert {"dana", "auc"} <= {*found.people, *found.rest}


def test_tags_and_terms_are_words_of_what_they_are_about(catalog: Catalog, models: ModelRepository) -> None:
    node = "column:demo_case/invoices/late"
    catalog.metadata.tag(node, add=["gold"], by="s", at=AT)
    catalog.metadata.define(
        Term(name="Late payment", definition="After the due day.", synonyms=("overdue",), nodes=(node,))
    )
    found = by_node(catalog, models)
    assert found[node].terms == ("gold", "Late payment", "overdue")
    assert found[node].facets["tag"] == ("gold",)
    assert found["term:Late payment"].uses == 1


def test_a_use_case_that_cannot_be_read_any_more_hides_no_other(models: ModelRepository) -> None:
    items = MemoryItems()
    catalog = Catalog(items)
    for name in ("good_case", "old_case"):
        catalog.register(case(name), by="dana", at=AT)
    stored: Any = items.get("usecase#old_case", "current")
    items.put({**stored, "document": {**stored["document"], "gone": 1}})
    documents, unreadable = collect(catalog, models)
    assert unreadable == ["old_case"]
    assert "use_case:good_case" in {document.node for document in documents}


def register(models: ModelRepository, stage: Stage) -> None:
    facts = {
        "candidate": "linear",
        "model_key": "m",
        "evaluation_prefix": "e",
        "metrics": {"auc": {"value": 0.8}},
    }
    models.register("demo_case", run_id="r", stage=stage, by="dana", at=AT, facts=facts)
