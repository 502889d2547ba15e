"""What is registered, tagged and trained is found soon after; lineage leads from the endpoint to the file."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from penstock.catalog import Catalog
from penstock.catalog.search import Hit, SearchResults, search
from penstock.errors import NotFound
from penstock.models import ModelVersion
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.world import World, eventually

AMOUNT = "column:findable/readings/amount"


@pytest.fixture(scope="module", autouse=True)
def findable(world: World) -> None:
    """Register a use case of which nothing ever lands."""
    model = use_cases.model(train_after_arrivals=use_cases.NEVER)
    world.register(use_cases.document("findable", model=model))


def found(world: World, text: str, node: str, **filters: Any) -> Hit:
    """Wait until a search has a result that has all of the words."""

    def there() -> Hit | None:
        results = search(world.dana, text, limit=100, **filters)
        sure = not results.relaxed and not results.corrected
        return next((hit for hit in results.hits if sure and hit.node == node), None)

    return eventually(there, f"{node} to be found by {text!r}")


def test_what_is_registered_is_found_by_its_columns_and_typos(world: World) -> None:
    found(world, "amount use_case:findable", AMOUNT)
    results = search(world.priya, "amonut", kind="column", use_case="findable")
    assert (results.corrected, [hit.node for hit in results.hits]) == ("amount", [AMOUNT])
    assert results.facets["owner"] == {"tests": 1}


def test_a_tag_and_a_term_are_found_and_audited(world: World) -> None:
    place = {"use_case": "findable", "dataset": "readings"}
    world.dana.call("curate", {"action": "tag", **place, "column": "amount", "add": ["Gold"]})
    term = {"name": "Metered volume", "definition": "What a meter counted.", "nodes": [AMOUNT]}
    world.priya.call("curate", {"action": "define", **term})
    assert found(world, "metered volume kind:column", AMOUNT).facets["tag"] == ("gold",)
    found(world, "tag:gold", AMOUNT)
    found(world, "metered", "term:Metered volume")
    assert "tags changed" in world.actions("findable")
    (defined,) = [one for one in world.audit.records("glossary") if one.subject == "term Metered volume"]
    assert defined.actor == "priya"
    with pytest.raises(NotFound, match="nothing of that name"):
        world.dana.call("curate", {"action": "tag", **place, "dataset": "nothing", "add": ["x"]})


def test_a_live_version_leads_back_to_the_file_that_it_learnt_from(world: World, pilot: ModelVersion) -> None:
    assert found(world, "pilot champion", f"model:pilot/{pilot.version}", kind="model").uses > 0
    lineage = Catalog(world.dana.items("catalog")).lineage
    down = lineage.downstream(f"model:pilot/{pilot.version}").nodes
    (endpoint,) = [node for node in down if node.startswith("endpoint:pilot/")]
    kinds = {node.partition(":")[0] for node in lineage.upstream(endpoint).nodes}
    assert kinds == {"endpoint", "model", "run", "features", "snapshot", "arrival"}


def test_nobody_reads_the_index_past_the_function(world: World) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        world.dana.artifacts.read("search/catalog.sqlite")


def test_whatever_is_asked_is_answered(world: World) -> None:
    for text in ('"', "NEAR(a b)", "name:x OR 1=1; DROP TABLE document", "*", "\x00", "👩‍👩‍👧"):
        assert isinstance(search(world.dana, text), SearchResults)
