"""Snapshots as an append-only log: an entry a version, and whoever writes an entry first has the place.

The entry alone is the commit, so a crash leaves either no snapshot or a whole one. What finds things quickly
(an arrival's place, the arrival that brought certain bytes, a snapshot by its id) is written after the entry,
by its writer or, if that one broke off, by the next: nobody adds an entry before all that finds the last one
is written. So whoever looks for a repeated arrival reads a few items, however long the log is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from penstock.catalog.lineage import Edge, Lineage
from penstock.catalog.log import Addition, Columns, Entries, Place, sequence_of
from penstock.catalog.records import Evidence, Part, Removal, Snapshot, SnapshotHead
from penstock.errors import Conflict, NotFound, RemovedData
from penstock.stores import Item, ItemStore

_ATTEMPTS = 25
_PAUSE = 0.02


class Gone(NamedTuple):
    """That an arrival was removed.

    Attributes
    ----------
    since
        The number of the first snapshot without it.
    erased
        The number of the snapshot with which its objects went; None while they are kept.
    """

    since: int
    erased: int | None
    removal: Removal


class Snapshots:
    """Snapshots of all datasets.

    Parameters
    ----------
    items
        The catalogue's table.
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items
        self._entries = Entries(items)
        self._lineage = Lineage(items)

    def append(
        self,
        use_case: str,
        dataset: str,
        *,
        arrival_id: str,
        parts: Iterable[Part],
        columns: Columns,
        at: str,
        evidence: Evidence | None = None,
    ) -> tuple[SnapshotHead, str]:
        """Add an arrival's parts to a dataset, at a cost that does not depend on how many there are.

        Returns
        -------
        tuple
            The snapshot, and the id of the arrival that brought the parts: an earlier one if every part is
            already in the dataset, byte for byte. An arrival that is in the log already is not added again.

        Raises
        ------
        RemovedData
            The arrival was in the dataset and has been removed.
        Conflict
            Others kept being first; safe to retry.
        """
        own = tuple(part.model_copy(update={"arrival_id": arrival_id}) for part in parts)
        place, addition = Place(use_case, dataset), Addition(arrival_id, own, columns, at, evidence)
        for attempt in range(_ATTEMPTS):
            newest = self._settled(place)
            if known := self._known(place, addition):
                return self._head_at(place, known["sequence"]), str(known["arrival_id"])
            entry = self._entries.addition(place, newest, addition)
            if self._written(place, entry, attempt):
                return self._entries.head(place, entry), arrival_id
        raise _too_busy(place)

    def remove(self, use_case: str, dataset: str, removal: Removal) -> SnapshotHead | None:
        """Take arrivals out of a dataset; their objects are left to the caller.

        Those that were taken out with their objects kept may be taken out once more, without.

        Returns
        -------
        SnapshotHead or None
            The version without them; None when none of them is in the dataset (any more).

        Raises
        ------
        Conflict
            Others kept being first; safe to retry.
        """
        place = Place(use_case, dataset)
        for attempt in range(_ATTEMPTS):
            newest = self._settled(place)
            present = {arrival: self._place_of(place, arrival) for arrival in dict.fromkeys(removal.arrivals)}
            left = {arrival: at for arrival, at in present.items() if at and _may_go(at["removed"], removal)}
            if not left or newest is None:
                return None
            actual = removal.model_copy(update={"arrivals": tuple(left)})
            inside = [at for at in left.values() if at["removed"] is None]
            entry = self._entries.removal(place, newest, actual, inside)
            if self._written(place, entry, attempt):
                return self._entries.head(place, entry)
        raise _too_busy(place)

    def latest(self, use_case: str, dataset: str) -> SnapshotHead | None:
        """Return a dataset's newest version without its list of objects, or None: a read of one item."""
        place = Place(use_case, dataset)
        newest = self._entries.newest(place)
        return self._entries.head(place, newest) if newest else None

    def head(self, use_case: str, dataset: str) -> Snapshot | None:
        """Return a dataset's newest snapshot with all its objects, or None."""
        found = self.latest(use_case, dataset)
        return self.whole(found) if found else None

    def find(self, identifier: str) -> SnapshotHead:
        """Return a snapshot by its id, without its list of objects.

        Raises
        ------
        NotFound
            There is none of that id.
        """
        pointer = self._items.get(f"snapshot#{identifier}", "snapshot")
        if pointer is None:
            raise NotFound(
                "There is no such snapshot.", found=identifier, action="penstock dataset snapshots"
            )
        return self._head_at(Place(pointer["use_case"], pointer["dataset"]), pointer["sequence"])

    def whole(self, head: SnapshotHead) -> Snapshot:
        """Return a snapshot with all its objects in memory."""
        return Snapshot(**dict(head), parts=tuple(self.parts(head)))

    def parts(self, head: SnapshotHead) -> Iterator[Part]:
        """Yield the objects of a snapshot, those of the oldest arrival first, page by page."""
        place, gone = Place(head.use_case, head.dataset), self.removed(head.use_case, head.dataset)
        before = {arrival for arrival, one in gone.items() if one.since <= head.sequence}
        for entry in self._entries.every(place):
            if sequence_of(entry) > head.sequence:
                return
            if entry["arrival_id"] not in before:
                yield from self._entries.parts(place, entry)

    def history(self, use_case: str, dataset: str) -> Iterator[SnapshotHead]:
        """Yield a dataset's snapshots, the newest first, page by page."""
        place = Place(use_case, dataset)
        for entry in self._entries.every(place, newest_first=True):
            yield self._entries.head(place, entry)

    def removed(self, use_case: str, dataset: str) -> dict[str, Gone]:
        """Return what was ever removed from a dataset, by arrival."""
        place = Place(use_case, dataset)
        found = {
            str(item["arrival_id"]): _gone(item) for item in self._items.query(place.pk, prefix="removed#")
        }
        newest = self._entries.newest(place)
        if newest and newest.get("removal"):
            for item in _tombstones(newest):
                arrival = str(item["arrival_id"])
                found[arrival] = _gone(_joined(found.get(arrival), item))
        return found

    def _head_at(self, place: Place, sequence: int) -> SnapshotHead:
        entry = self._entries.at(place, int(sequence))
        if entry is None:
            raise NotFound("The log lacks an entry.", found=str(sequence), where=str(place))
        return self._entries.head(place, entry)

    def _known(self, place: Place, addition: Addition) -> Item | None:
        """Find the place of the arrival itself, or of one that brought the very same bytes."""
        own = self._place_of(place, addition.arrival_id)
        if own is not None and own["removed"] and own["removed"]["erased"] is not None:
            raise RemovedData(
                "The arrival has been removed from the dataset.",
                found=addition.arrival_id,
                where=str(place),
                action="Upload the file again if it may be kept: that is a new arrival.",
            )
        if own is not None or addition.content is None:
            return own
        same = self._items.get(place.pk, f"content#{addition.content}")
        other = self._place_of(place, str(same["arrival_id"])) if same else None
        return None if other is None or other["removed"] else other

    def _place_of(self, place: Place, arrival_id: str) -> Item | None:
        """Return where an arrival is in the log, and the record of its removal under ``removed``."""
        found = self._items.get(place.pk, f"place#{arrival_id}")
        if found is None:
            return None
        return {**found, "removed": self._items.get(place.pk, f"removed#{arrival_id}")}

    def _written(self, place: Place, entry: Item, attempt: int) -> bool:
        """Write an entry and what finds it; say whether it was the first at its place."""
        try:
            self._items.put(entry, expect=0)
        except Conflict:
            time.sleep(_PAUSE * (attempt + 1))
            return False
        self._index(place, entry)
        return True

    def _settled(self, place: Place) -> Item | None:
        """Return the newest entry, after all that finds it and those before is written."""
        newest = self._entries.newest(place)
        if newest is not None and self._items.get(f"snapshot#{newest['snapshot_id']}", "snapshot") is None:
            self._index(place, newest)
        return newest

    def _index(self, place: Place, entry: Item) -> None:
        """Write what finds an entry; its last item says that all is there, and all may be written twice."""
        if entry.get("removal"):
            self._index_removal(place, entry)
        else:
            self._index_arrival(place, entry)
        self._trace(place, entry)
        where = {"use_case": place.use_case, "dataset": place.dataset, "sequence": entry["sequence"]}
        self._once({"pk": f"snapshot#{entry['snapshot_id']}", "sk": "snapshot", **where})

    def _trace(self, place: Place, entry: Item) -> None:
        """Record what a version was made from: the one before, and an arrival unless some were removed."""
        path, by = f"{place.use_case}/{place.dataset}", "removal" if entry.get("removal") else "onboarding"
        sources = [f"arrival:{path}/{entry['arrival_id']}"] if entry["arrival_id"] else []
        sources += [f"snapshot:{path}/{entry['parent']}"] if entry["parent"] else []
        target = f"snapshot:{path}/{entry['snapshot_id']}"
        self._lineage.record(*(Edge(source=one, target=target, by=by, at=entry["at"]) for one in sources))

    def _index_arrival(self, place: Place, entry: Item) -> None:
        parts = list(self._entries.parts(place, entry))
        sums = {
            "rows": sum(part.rows for part in parts),
            "bytes": sum(part.bytes for part in parts),
            "part_count": len(parts),
        }
        at = {"arrival_id": entry["arrival_id"], "sequence": entry["sequence"]}
        if content := entry.get("content"):
            self._point(place, f"content#{content}", at)
        self._once({"pk": place.pk, "sk": f"place#{entry['arrival_id']}", **at, **sums})

    def _index_removal(self, place: Place, entry: Item) -> None:
        for item in _tombstones(entry):
            sk = f"removed#{item['arrival_id']}"
            while True:
                known = self._items.get(place.pk, sk)
                if known is not None and (known["erased"] or not item["erased"]):
                    break
                joined = _joined(_gone(known) if known else None, item)
                with suppress(Conflict):
                    expect = known["revision"] if known else 0
                    self._items.put({"pk": place.pk, "sk": sk, **joined}, expect=expect)
                    break

    def _point(self, place: Place, sk: str, at: Item) -> None:
        """Let a record point to an entry unless it points to a later one."""
        while True:
            known = self._items.get(place.pk, sk)
            if known is not None and known["sequence"] >= at["sequence"]:
                return
            with suppress(Conflict):
                self._items.put({"pk": place.pk, "sk": sk, **at}, expect=known["revision"] if known else 0)
                return

    def _once(self, item: Item) -> None:
        """Write an item unless it is there."""
        with suppress(Conflict):
            self._items.put(item, expect=0)


def _tombstones(entry: Item) -> list[Item]:
    """Return what an entry says of each arrival that it takes away."""
    removal, sequence = entry["removal"], entry["sequence"]
    erased = None if removal["kept"] else sequence
    facts = {"since": sequence, "erased": erased, "removal": removal}
    return [{"arrival_id": arrival, **facts} for arrival in removal["arrivals"]]


def _joined(known: Gone | None, item: Item) -> Item:
    """Return what is known of a removal with what came later: an arrival is gone since the first."""
    return item if known is None else {**item, "since": min(known.since, item["since"])}


def _gone(item: Item) -> Gone:
    erased = item["erased"]
    return Gone(
        int(item["since"]), None if erased is None else int(erased), Removal.model_validate(item["removal"])
    )


def _may_go(removed: Item | None, removal: Removal) -> bool:
    """Say whether an arrival is in the dataset still, or its objects are and now go too."""
    return removed is None or (removed["erased"] is None and not removal.kept)


def _too_busy(place: Place) -> Conflict:
    return Conflict("Others kept adding to the dataset first.", where=str(place), action="Retry.")
