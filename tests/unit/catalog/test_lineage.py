"""Lineage is recorded once, walked to its ends and no further, and told in OpenLineage's words."""

from __future__ import annotations

import uuid
from itertools import pairwise

import pytest

from penstock.catalog import Arrival, Catalog, LandedObject, Part
from penstock.catalog.lineage import Edge, Lineage
from penstock.catalog.openlineage import run_events
from penstock.catalog.records import Removal, SnapshotHead
from penstock.cli.searching import tree_lines
from penstock.errors import InvalidSpec
from penstock.stores import MemoryItems
from tests.unit.catalog.search.conftest import case

AT = "2026-01-01T00:00:00.000Z"
A, S, F, R, M, E = (
    "arrival:uc/ds/a",
    "snapshot:uc/ds/s",
    "features:uc/view/s",
    "run:uc/r",
    "model:uc/1",
    "endpoint:uc/live",
)


def edge(source: str, target: str, by: str = "training", at: str = AT) -> Edge:
    return Edge(source=source, target=target, by=by, at=at)


@pytest.fixture
def lineage() -> Lineage:
    made = Lineage(MemoryItems())
    made.record(
        edge(A, S, "onboarding"),
        edge(S, F, "features"),
        edge(S, R),
        edge(F, R),
        edge(R, M),
        edge(M, E, "serving"),
    )
    return made


def test_upstream_of_an_endpoint_goes_back_to_the_file(lineage: Lineage) -> None:
    assert lineage.upstream(E).nodes == (E, M, R, F, S, A)


def test_downstream_of_a_file_goes_on_to_the_endpoint(lineage: Lineage) -> None:
    found = lineage.downstream(A)
    assert set(found.nodes) == {A, S, F, R, M, E}
    assert len(found.edges) == 6
    assert not found.truncated


def test_what_nobody_recorded_stands_alone(lineage: Lineage) -> None:
    assert lineage.upstream("model:uc/9").nodes == ("model:uc/9",)


def test_an_edge_that_comes_again_changes_nothing(lineage: Lineage) -> None:
    lineage.record(edge(R, M, by="somebody", at="2027-01-01T00:00:00.000Z"))
    (found,) = lineage.upstream(M, depth=1).edges
    assert (found.by, found.at) == ("training", AT)


def test_a_cycle_ends(lineage: Lineage) -> None:
    lineage.record(edge(E, A))
    assert set(lineage.downstream(S).nodes) == {A, S, F, R, M, E}
    assert set(lineage.upstream(S).nodes) == {A, S, F, R, M, E}
    assert len(list(tree_lines(lineage.upstream(S), upwards=True))) == 7


def test_a_walk_stops_at_its_limits_and_says_so(lineage: Lineage) -> None:
    near, few = lineage.downstream(A, depth=1), lineage.downstream(A, limit=3)
    assert (near.nodes, near.truncated) == ((A, S), True)
    assert (len(few.nodes), few.truncated) == (3, True)


def test_a_chain_of_a_thousand_snapshots_is_walked() -> None:
    lineage = Lineage(MemoryItems())
    # A memory store scans all of its items for each step.
    chain = [f"snapshot:uc/ds/{number}" for number in range(120)]
    lineage.record(*(edge(one, other) for one, other in pairwise(chain)))
    found = lineage.upstream(chain[-1], depth=1_000)
    assert len(found.nodes) == 120
    assert len(list(tree_lines(found, upwards=True))) == 119


@pytest.mark.parametrize(
    "node", ["", "model", "model:", "model:x", "column:a/b", "model:a/b ", "model:" + "a/" * 500]
)
def test_what_is_no_node_is_refused(lineage: Lineage, node: str) -> None:
    with pytest.raises(InvalidSpec, match="no node"):
        lineage.upstream(node)
    with pytest.raises(InvalidSpec, match="no node"):
        lineage.record(edge(node, M))


def test_the_tree_shows_each_thing_once_below_what_was_made_of_it(lineage: Lineage) -> None:
    assert [line.split("  (")[0] for line in tree_lines(lineage.upstream(M), upwards=True)] == [
        "  └─ run:uc/r",
        "     ├─ features:uc/view/s",
        "     │  └─ snapshot:uc/ds/s",
        "     │     └─ arrival:uc/ds/a",
        "     └─ snapshot:uc/ds/s",
    ]


def test_events_have_what_the_standard_demands(lineage: Lineage) -> None:
    events = run_events(lineage.upstream(E))
    assert [event["job"]["name"] for event in events if "training" in event["job"]["name"]] == ["training/uc"]
    outputs = {event["job"]["name"]: [one["name"] for one in event["outputs"]] for event in events}
    assert outputs == {
        "onboarding/uc": ["uc/ds"],
        "features/uc": ["uc/view/features"],
        "training/uc": ["uc/model"],
        "serving/uc": ["uc/endpoint"],
    }
    for event in events:
        assert {"eventTime", "producer", "schemaURL", "run", "job", "eventType"} <= set(event)
        assert uuid.UUID(event["run"]["runId"]).version == 5
        assert all(one["facets"]["version"]["_schemaURL"] for one in (*event["inputs"], *event["outputs"]))


def test_a_training_is_one_run_with_all_that_went_in_and_came_out(lineage: Lineage) -> None:
    (run,) = [event for event in run_events(lineage.upstream(M)) if event["job"]["name"] == "training/uc"]
    told = [(one["name"], one["facets"]["version"]["datasetVersion"]) for one in run["inputs"]]
    assert told == [("uc/view/features", "s"), ("uc/ds", "s")]
    (model,) = run["outputs"]
    assert (model["name"], model["facets"]["datasetType"]["datasetType"]) == ("uc/model", "MODEL")


def test_the_same_run_has_the_same_id_wherever_it_is_seen_from(lineage: Lineage) -> None:
    ids = [{event["run"]["runId"] for event in run_events(lineage.upstream(node))} for node in (M, E)]
    assert ids[0] < ids[1]


def test_what_the_catalogue_commits_and_removes_is_traced() -> None:
    catalog = Catalog(MemoryItems())
    catalog.register(case(), by="dana", at=AT)
    snapshots = [commit(catalog, name, content=name) for name in ("one", "two")]
    again = commit(catalog, "copy", content="two")
    removal = Removal(arrivals=("one",), rule="retention", by="platform", at=AT)
    gone = catalog.snapshots.remove("demo_case", "invoices", removal)
    assert gone is not None
    place = "demo_case/invoices"
    assert again.id == snapshots[1].id
    assert (
        catalog.lineage.downstream(f"arrival:{place}/copy", depth=1).nodes[1]
        == f"snapshot:{place}/{again.id}"
    )
    upstream = catalog.lineage.upstream(f"snapshot:{place}/{gone.id}")
    assert set(upstream.nodes) == {
        *(f"snapshot:{place}/{one.id}" for one in (gone, *snapshots)),
        *(f"arrival:{place}/{name}" for name in ("one", "two", "copy")),
    }


def commit(catalog: Catalog, name: str, *, content: str) -> SnapshotHead:
    landed = LandedObject(bucket="b", key=f"demo_case/invoices/{name}.csv", version="1", size=1)
    place = {"use_case": "demo_case", "dataset": "invoices", "file_name": f"{name}.csv"}
    catalog.begin(Arrival(id=name, **place, object=landed, received_at=AT, updated_at=AT))
    rows = {"rows_in": 1, "rows_curated": 1, "rows_quarantined": 0}
    catalog.accept("demo_case", "invoices", name, rows=rows, report_key="r", at=AT)
    part = Part(key=name, version="1", bytes=1, rows=1, sha256=content)
    return catalog.commit("demo_case", "invoices", name, parts=[part], columns=[], at=AT)
