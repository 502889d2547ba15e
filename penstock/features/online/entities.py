"""A table of packed entities: what the online store needs of it, and one in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Stored(NamedTuple):
    """An entity's item as it was read."""

    packed: bytes
    revision: int


class Change(NamedTuple):
    """An entity's item as it should be written.

    ``revision`` is the one that was read, 0 for none; ``expires`` is in seconds since 1970, None for never.
    """

    key: str
    packed: bytes
    revision: int
    expires: int | None = None


class EntityTable(Protocol):
    """Many items at once; :class:`~penstock.features.DynamoEntities` is the one on AWS."""

    def get_many(self, keys: Sequence[str], *, consistent: bool) -> dict[str, Stored]:
        """Return the items that exist, by key."""
        ...

    def put_many(self, changes: Sequence[Change]) -> set[str]:
        """Store each item whose revision is still the one that was read; return the keys of all others."""
        ...

    def delete(self, key: str) -> bool:
        """Remove an item; tell whether there was one."""
        ...


class MemoryEntities:
    """An :class:`EntityTable` in memory, for tests.

    Examples
    --------
    >>> table = MemoryEntities()
    >>> table.put_many([Change("a", b"1", 0)]), table.put_many([Change("a", b"2", 0)])
    (set(), {'a'})
    """

    def __init__(self) -> None:
        self.items: dict[str, Stored] = {}
        self.expiries: dict[str, int | None] = {}
        self._lock = threading.Lock()

    def get_many(self, keys: Sequence[str], *, consistent: bool) -> dict[str, Stored]:
        """Return the items that exist; every read is consistent."""
        with self._lock:
            return {key: self.items[key] for key in keys if key in self.items}

    def put_many(self, changes: Sequence[Change]) -> set[str]:
        """Store items under optimistic locking."""
        lost = set()
        with self._lock:
            for key, packed, revision, expires in changes:
                if (self.items[key].revision if key in self.items else 0) != revision:
                    lost.add(key)
                    continue
                self.items[key], self.expiries[key] = Stored(packed, revision + 1), expires
        return lost

    def delete(self, key: str) -> bool:
        """Remove an item."""
        with self._lock:
            return self.items.pop(key, None) is not None
