"""Lineage: what was made from what, as edges that the steps of the workflows write.

::

    arrival -> snapshot -> features ----> run -> model -> endpoint
                  |                        ^
                  +-> the next snapshot    |
                  +------------------------+
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import Conflict, InvalidSpec
from penstock.stores import Item, ItemStore

KINDS = ("arrival", "snapshot", "features", "run", "model", "endpoint")
"""What lineage tells of, in the order in which it is made."""

MOST_NODES = 1_000
_DEPTH = 50
_DEEPEST = 1_000


class Edge(BaseModel):
    """One thing was made from another.

    Attributes
    ----------
    source, target
        Nodes: a kind of ``KINDS``, a colon, and a path that begins with the use case.
    by
        The workflow that made the target.
    at
        When it was first recorded.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    target: str
    by: str
    at: str
    facts: dict[str, Any] = {}


class LineageGraph(BaseModel):
    """What was found around a node.

    Attributes
    ----------
    edges
        In the order of their distance from the root.
    truncated
        There is more than the limits let through.
    """

    model_config = ConfigDict(frozen=True)

    root: str
    edges: tuple[Edge, ...] = ()
    truncated: bool = False

    @property
    def nodes(self) -> tuple[str, ...]:
        """All nodes, the root first."""
        ends = (end for edge in self.edges for end in (edge.source, edge.target))
        return tuple(dict.fromkeys((self.root, *ends)))


class Lineage:
    """Edges of all use cases, in the catalogue's table; each is stored at both of its ends.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> lineage = Lineage(MemoryItems())
    >>> lineage.record(Edge(source="arrival:demo/sales/a1", target="snapshot:demo/sales/s1", by="onboarding",
    ...                     at="2026-01-01T00:00:00.000Z"),
    ...                Edge(source="snapshot:demo/sales/s1", target="run:demo/r1", by="training",
    ...                     at="2026-01-02T00:00:00.000Z"))
    >>> lineage.upstream("run:demo/r1").nodes
    ('run:demo/r1', 'snapshot:demo/sales/s1', 'arrival:demo/sales/a1')
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def record(self, *edges: Edge) -> None:
        """Store edges; one that is known keeps what was recorded first.

        Raises
        ------
        InvalidSpec
            An end is no node.
        """
        for edge in edges:
            for pk, sk in ((edge.source, f"to#{edge.target}"), (edge.target, f"from#{edge.source}")):
                item = {"pk": _pk(check_node(pk)), "sk": sk, **edge.model_dump(mode="json")}
                with suppress(Conflict):
                    self._items.put(item, expect=0)

    def upstream(self, node: str, *, depth: int = _DEPTH, limit: int = MOST_NODES) -> LineageGraph:
        """Return what a node was made from, over several steps.

        Parameters
        ----------
        depth
            How many steps to go.
        limit
            How many nodes to visit at most.
        """
        return self._walk(node, "from#", lambda edge: edge.source, depth, limit)

    def downstream(self, node: str, *, depth: int = _DEPTH, limit: int = MOST_NODES) -> LineageGraph:
        """Return what was made from a node, over several steps."""
        return self._walk(node, "to#", lambda edge: edge.target, depth, limit)

    def _walk(
        self, root: str, prefix: str, other: Callable[[Edge], str], depth: int, limit: int
    ) -> LineageGraph:
        """Visit nodes breadth first, each once, so that a cycle ends."""
        seen, found, level = {check_node(root)}, list[Edge](), [root]
        for _ in range(min(depth, _DEEPEST)):
            following = list[str]()
            for edge in (edge for node in level for edge in self._edges(node, prefix)):
                if other(edge) not in seen and len(seen) >= limit:
                    return LineageGraph(root=root, edges=tuple(found), truncated=True)
                found.append(edge)
                if other(edge) not in seen:
                    seen.add(other(edge))
                    following.append(other(edge))
            level = following
        more = any(next(self._edges(node, prefix), None) for node in level)
        return LineageGraph(root=root, edges=tuple(found), truncated=more)

    def _edges(self, node: str, prefix: str) -> Iterator[Edge]:
        for item in self._items.query(_pk(node), prefix=prefix):
            yield _edge(item)


def check_node(node: str) -> str:
    """Return a node as it is if it has the form of one.

    Raises
    ------
    InvalidSpec
        It has not.

    Examples
    --------
    >>> check_node("model:late_invoices/3")
    'model:late_invoices/3'
    """
    kind, colon, path = node.partition(":")
    if kind not in KINDS or not colon or "/" not in path or len(node) > 900 or path != path.strip():  # noqa: PLR2004
        raise InvalidSpec(
            "This is no node of the lineage.",
            found=repr(node[:100]),
            expected=f"KIND:USE_CASE/..., with KIND one of {', '.join(KINDS)}",
            action="Such as model:late_invoices/3, or snapshot:late_invoices/invoices/ID.",
        )
    return node


def _pk(node: str) -> str:
    return f"lineage#{node}"


def _edge(item: Item) -> Edge:
    return Edge.model_validate({key: item[key] for key in Edge.model_fields if key in item})
