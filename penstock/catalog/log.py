"""What stands in a dataset's log: one entry a version, and how entries are written as items.

Entries are small whatever the dataset: columns are kept once by their hash, and the objects of an arrival
that has very many of them lie in items of their own, written before the entry that names them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from penstock.catalog.arrivals import partition
from penstock.catalog.records import Evidence, Part, Removal, SnapshotHead, snapshot_id
from penstock.stores import Item, ItemStore

Columns = tuple[dict[str, str], ...]
_INLINE = 100
_TOGETHER = 500


@dataclass(frozen=True)
class Place:
    """A dataset of a use case."""

    use_case: str
    dataset: str

    @property
    def pk(self) -> str:
        """The partition of its records."""
        return partition(self.use_case, self.dataset)

    def __str__(self) -> str:
        """Write it as people do."""
        return f"{self.use_case}/{self.dataset}"


@dataclass(frozen=True)
class Addition:
    """An arrival's objects, to be added to its dataset."""

    arrival_id: str
    parts: tuple[Part, ...]
    columns: Columns
    at: str
    evidence: Evidence | None = None

    @property
    def content(self) -> str | None:
        """A hash of all bytes that it brings; None when one is not known."""
        hashes = sorted(part.sha256 or "" for part in self.parts)
        if not hashes or "" in hashes:
            return None
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def log_key(sequence: int) -> str:
    """Return the sort key of an entry."""
    return f"log#{sequence:08d}"


class Entries:
    """Entries of all datasets' logs, as items of the catalogue's table."""

    def __init__(self, items: ItemStore) -> None:
        self._items = items
        self._columns: dict[tuple[str, str], Columns] = {}

    def newest(self, place: Place) -> Item | None:
        """Return the last entry by one consistent read, whatever the length of the log."""
        return next(self._items.query(place.pk, prefix="log#", newest_first=True, limit=1), None)

    def at(self, place: Place, sequence: int) -> Item | None:
        """Return an entry by its place in the log."""
        return self._items.get(place.pk, log_key(sequence))

    def every(self, place: Place, *, newest_first: bool = False) -> Iterator[Item]:
        """Yield all entries, page by page."""
        return self._items.query(place.pk, prefix="log#", newest_first=newest_first)

    def addition(self, place: Place, head: Item | None, addition: Addition) -> Item:
        """Make the entry that adds an arrival after the newest entry; what it refers to is written."""
        schema = self._keep_columns(place, addition.columns)
        totals = _totals(head)
        return {
            **self._next(place, head, addition.at),
            "snapshot_id": snapshot_id(addition.parts, addition.columns, parent=_id(head)),
            "arrival_id": addition.arrival_id,
            "content": addition.content,
            "schema": schema,
            **self._keep_parts(place, addition),
            "evidence": addition.evidence.model_dump() if addition.evidence else None,
            "total_rows": totals["total_rows"] + sum(part.rows for part in addition.parts),
            "total_bytes": totals["total_bytes"] + sum(part.bytes for part in addition.parts),
            "total_parts": totals["total_parts"] + len(addition.parts),
            "total_arrivals": totals["total_arrivals"] + 1,
        }

    def removal(self, place: Place, head: Item, removal: Removal, gone: Iterable[Item]) -> Item:
        """Make the entry that takes arrivals away; ``gone`` are the entries that had brought them."""
        entry = {
            **self._next(place, head, removal.at),
            "snapshot_id": snapshot_id((), (), parent=_id(head), removed=removal.arrivals),
            "arrival_id": "",
            "schema": head["schema"],
            "parts": [],
            "removal": removal.model_dump(mode="json"),
            **_totals(head),
        }
        for one in gone:
            entry["total_rows"] -= one["rows"]
            entry["total_bytes"] -= one["bytes"]
            entry["total_parts"] -= one["part_count"]
            entry["total_arrivals"] -= 1
        return entry

    def parts(self, place: Place, entry: Item) -> Iterator[Part]:
        """Yield the objects that an entry brought."""
        arrival_id = str(entry["arrival_id"])
        for stored in self._stored_parts(place, entry):
            yield Part(**stored, arrival_id=arrival_id)

    def head(self, place: Place, entry: Item) -> SnapshotHead:
        """Return the version that an entry made."""
        removal, evidence = entry.get("removal"), entry.get("evidence")
        return SnapshotHead(
            id=entry["snapshot_id"],
            use_case=place.use_case,
            dataset=place.dataset,
            sequence=sequence_of(entry),
            parent=entry["parent"],
            arrival_id=entry["arrival_id"],
            at=entry["at"],
            columns=self._known_columns(place, str(entry["schema"])),
            added=tuple(self.parts(place, entry)),
            removal=Removal.model_validate(removal) if removal else None,
            evidence=Evidence.model_validate(evidence) if evidence else None,
            rows=entry["total_rows"],
            bytes=entry["total_bytes"],
            part_count=entry["total_parts"],
            arrival_count=entry["total_arrivals"],
        )

    def _next(self, place: Place, head: Item | None, at: str) -> Item:
        sequence = sequence_of(head) + 1 if head else 1
        return {"pk": place.pk, "sk": log_key(sequence), "sequence": sequence, "parent": _id(head), "at": at}

    def _keep_columns(self, place: Place, columns: Columns) -> str:
        """Write the columns unless they are known, and return their hash."""
        digest = hashlib.sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()[:16]
        if (place.pk, digest) not in self._columns:
            if self._items.get(place.pk, f"schema#{digest}") is None:
                self._items.put({"pk": place.pk, "sk": f"schema#{digest}", "columns": list(columns)})
            self._columns[place.pk, digest] = columns
        return digest

    def _known_columns(self, place: Place, digest: str) -> Columns:
        if (place.pk, digest) not in self._columns:
            item = self._items.get(place.pk, f"schema#{digest}") or {"columns": []}
            self._columns[place.pk, digest] = tuple(item["columns"])
        return self._columns[place.pk, digest]

    def _keep_parts(self, place: Place, addition: Addition) -> dict[str, Any]:
        """Return the objects for the entry itself, or write them beside it when they are many."""
        stored = [part.model_dump(exclude_none=True, exclude={"arrival_id"}) for part in addition.parts]
        if len(stored) <= _INLINE:
            return {"parts": stored}
        folder = hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()[:16]
        for number, first in enumerate(range(0, len(stored), _TOGETHER)):
            together = stored[first : first + _TOGETHER]
            item = {"pk": _beside(place, addition.arrival_id), "sk": f"{folder}#{number:05d}"}
            self._items.put({**item, "parts": together})
        return {"folder": folder}

    def _stored_parts(self, place: Place, entry: Item) -> Iterator[dict[str, Any]]:
        if "folder" not in entry:
            yield from entry["parts"]
            return
        for item in self._items.query(_beside(place, entry["arrival_id"]), prefix=f"{entry['folder']}#"):
            yield from item["parts"]


def sequence_of(entry: Item) -> int:
    """Return an entry's place in the log, counted from one."""
    return int(entry["sequence"])


def _id(head: Item | None) -> str | None:
    return str(head["snapshot_id"]) if head else None


def _totals(head: Item | None) -> dict[str, int]:
    names = ("total_rows", "total_bytes", "total_parts", "total_arrivals")
    return {name: int(head[name]) if head else 0 for name in names}


def _beside(place: Place, arrival_id: str) -> str:
    """Return the partition of the objects of an arrival that has very many."""
    return f"parts#{place}/{arrival_id}"
