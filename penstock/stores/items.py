"""Items by key: the protocol that DynamoDB tables are used through, and its in-memory fake."""

from __future__ import annotations

import bisect
import copy
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Protocol

from penstock.errors import Conflict

Item = dict[str, Any]
"""A JSON-like record with string ``pk`` and ``sk``, and an integer ``revision`` kept by the store."""

_LAST = chr(0x10FFFF)
"""Sorts behind every other character."""


class ItemStore(Protocol):
    """A table of items with partition key ``pk`` and sort key ``sk``."""

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item by a strongly consistent read, or None."""
        ...

    def put(self, item: Item, *, expect: int | None = None) -> Item:
        """Store an item and return it with its new ``revision``.

        ``expect=0`` demands that no such item exists, ``expect=n`` that its revision is *n*;
        ``None`` overwrites whatever is there.

        Raises
        ------
        Conflict
            The expectation does not hold.
        """
        ...

    def query(
        self, pk: str, *, prefix: str = "", newest_first: bool = False, limit: int | None = None
    ) -> Iterator[Item]:
        """Yield the items of a partition whose sort key starts with ``prefix``, ordered by it."""
        ...

    def delete(self, pk: str, sk: str) -> None:
        """Remove an item; nothing happens when there is none."""
        ...


class MemoryItems:
    """An :class:`ItemStore` in memory, for tests.

    Examples
    --------
    >>> items = MemoryItems()
    >>> items.put({"pk": "a", "sk": "1", "colour": "red"}, expect=0)["revision"]
    1
    >>> items.put({"pk": "a", "sk": "1", "colour": "blue"}, expect=0)
    Traceback (most recent call last):
    ...
    penstock.errors.Conflict: Somebody else changed the record first.
      found: revision 1
      expected: revision 0
      where: a / 1
      what to do: Read it again and retry.
    """

    def __init__(self) -> None:
        self._partitions: dict[str, dict[str, Item]] = {}
        self._order: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def get(self, pk: str, sk: str) -> Item | None:
        """Return a copy of an item, or None."""
        with self._lock:
            return copy.deepcopy(self._partitions.get(pk, {}).get(sk))

    def put(self, item: Item, *, expect: int | None = None) -> Item:
        """Store a copy of an item under optimistic locking."""
        pk, sk = str(item["pk"]), str(item["sk"])
        with self._lock:
            partition = self._partitions.setdefault(pk, {})
            found = partition.get(sk, {}).get("revision", 0)
            if expect is not None and found != expect:
                raise conflict(pk, sk, expect=expect, found=found)
            if sk not in partition:
                bisect.insort(self._order.setdefault(pk, []), sk)
            partition[sk] = copy.deepcopy({**item, "revision": found + 1})
            return copy.deepcopy(partition[sk])

    def query(
        self, pk: str, *, prefix: str = "", newest_first: bool = False, limit: int | None = None
    ) -> Iterator[Item]:
        """Yield copies of the items of a partition in the order of their sort keys."""
        with self._lock:
            order, partition = self._order.get(pk, []), self._partitions.get(pk, {})
            start = bisect.bisect_left(order, prefix)
            stop = bisect.bisect_left(order, prefix + _LAST, lo=start)
            count = stop - start if limit is None else min(limit, stop - start)
            chosen = order[stop - count : stop][::-1] if newest_first else order[start : start + count]
            found = [copy.deepcopy(partition[sk]) for sk in chosen]
        yield from found

    def delete(self, pk: str, sk: str) -> None:
        """Remove an item."""
        with self._lock:
            if self._partitions.get(pk, {}).pop(sk, None) is not None:
                self._order[pk].remove(sk)


def conflict(pk: str, sk: str, *, expect: int, found: int | None = None) -> Conflict:
    """Make the error of a lost race; ``found`` is the revision in the store where it is known."""
    return Conflict(
        "Somebody else changed the record first.",
        found="another revision" if found is None else f"revision {found}",
        expected=f"revision {expect}",
        where=f"{pk} / {sk}",
        action="Read it again and retry.",
    )


def plain(value: Any) -> Any:
    """Turn the decimals of DynamoDB back into whole numbers and floats.

    Examples
    --------
    >>> plain({"count": Decimal("3"), "share": [Decimal("0.5")]})
    {'count': 3, 'share': [0.5]}
    """
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value
