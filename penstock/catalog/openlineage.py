"""Lineage as OpenLineage events, for tools that read those (https://openlineage.io, specification 2-0-2).

What lineage here calls an arrival, snapshot, features, model or endpoint is a dataset there, with its version
as a facet; whatever made it is a run of a job, and a training run is that run itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from penstock.catalog.lineage import Edge, LineageGraph

PRODUCER = "https://penstock.invalid/lineage"
"""Who says so, as the standard wants it: a URI. It leads nowhere, as there is no public address."""

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets/1-0-1"
_TYPES = {"arrival": "FILE", "snapshot": "TABLE", "features": "VIEW", "model": "MODEL", "endpoint": "MODEL"}
_SUB_TYPES = {"endpoint": "ENDPOINT"}


def run_events(graph: LineageGraph, *, namespace: str = "penstock") -> list[dict[str, Any]]:
    """Return a COMPLETE event for each run that a graph tells of, the oldest first.

    Parameters
    ----------
    namespace
        Of all jobs and datasets; one an environment.

    Examples
    --------
    >>> made = Edge(source="run:demo/r1", target="model:demo/3", by="training", at="2026-01-02T00:00:00.000Z")
    >>> event, = run_events(LineageGraph(root="model:demo/3", edges=(made,)))
    >>> event["eventType"], event["job"]["name"], event["outputs"][0]["name"]
    ('COMPLETE', 'training/demo', 'demo/model')
    >>> event["outputs"][0]["facets"]["version"]["datasetVersion"]
    '3'
    """
    made: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        made.setdefault(_maker(edge), []).append(edge)
    events = [_event(run, edges, namespace) for run, edges in made.items()]
    return sorted(events, key=lambda event: (event["eventTime"], event["run"]["runId"]))


def _maker(edge: Edge) -> str:
    """Return the run of an edge: one of its ends, or, where runs are no nodes, what was made."""
    return next((end for end in (edge.source, edge.target) if end.startswith("run:")), edge.target)


def _event(run: str, edges: list[Edge], namespace: str) -> dict[str, Any]:
    use_case = run.partition(":")[2].partition("/")[0]
    sources = (edge.source for edge in edges if not edge.source.startswith("run:"))
    targets = (edge.target for edge in edges if not edge.target.startswith("run:"))
    return {
        "eventType": "COMPLETE",
        "eventTime": max(edge.at for edge in edges),
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
        "run": {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{PRODUCER}/{namespace}/{run}"))},
        "job": {"namespace": namespace, "name": f"{edges[0].by}/{use_case}"},
        "inputs": _datasets(sources, namespace),
        "outputs": _datasets(targets, namespace),
    }


def _datasets(nodes: Iterable[str], namespace: str) -> list[dict[str, Any]]:
    return [_dataset(node, namespace) for node in dict.fromkeys(nodes)]


def _dataset(node: str, namespace: str) -> dict[str, Any]:
    """Return a node as a dataset: its path without the last part, and the last part as its version."""
    kind, _, path = node.partition(":")
    place, _, version = path.rpartition("/")
    name = place if kind == "snapshot" else f"{place}/{kind}"
    of_type = {"datasetType": _TYPES[kind]} | ({"subType": _SUB_TYPES[kind]} if kind in _SUB_TYPES else {})
    return {
        "namespace": namespace,
        "name": name,
        "facets": {
            "version": _facet("DatasetVersionDatasetFacet", {"datasetVersion": version}),
            "datasetType": _facet("DatasetTypeDatasetFacet", of_type),
        },
    }


def _facet(name: str, content: dict[str, str]) -> dict[str, str]:
    return {"_producer": PRODUCER, "_schemaURL": f"{_FACETS}/{name}.json#/$defs/{name}", **content}
