"""Snapshots as an append-only log: an entry an arrival, and whoever writes an entry first has the place.

The entry alone is the commit, so a crash leaves either no snapshot or a whole one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from penstock.catalog.arrivals import partition
from penstock.catalog.records import Part, Snapshot, snapshot_id
from penstock.errors import Conflict, NotFound
from penstock.stores import Item, ItemStore

_ATTEMPTS = 25
_PAUSE = 0.02


class Snapshots:
    """Snapshots of all datasets.

    Parameters
    ----------
    items
        The catalogue's table.
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def append(
        self,
        use_case: str,
        dataset: str,
        *,
        arrival_id: str,
        parts: Iterable[Part],
        columns: tuple[dict[str, str], ...],
        at: str,
    ) -> tuple[Snapshot, str]:
        """Add an arrival's parts to a dataset.

        Returns
        -------
        tuple
            The snapshot, and the id of the arrival that brought the parts: an earlier one if every part is
            already in the dataset, byte for byte. An arrival that is in the log already is not added again.

        Raises
        ------
        Conflict
            Others kept being first; safe to retry.
        """
        own = tuple(part.model_copy(update={"arrival_id": arrival_id}) for part in parts)
        for attempt in range(_ATTEMPTS):
            log = list(self._items.query(partition(use_case, dataset), prefix="log#"))
            place, owner = _known(log, arrival_id, own)
            if place is None:
                entry = _entry(
                    use_case, dataset, log, arrival_id=arrival_id, parts=own, columns=columns, at=at
                )
                try:
                    log.append(self._items.put(entry, expect=0))
                except Conflict:
                    time.sleep(_PAUSE * (attempt + 1))
                    continue
                place = len(log) - 1
            snapshot = _snapshot(use_case, dataset, log[: place + 1])
            self._items.put(_pointer(snapshot))
            return snapshot, owner or arrival_id
        raise Conflict(
            "Others kept adding to the dataset first.", where=f"{use_case}/{dataset}", action="Retry."
        )

    def head(self, use_case: str, dataset: str) -> Snapshot | None:
        """Return a dataset's newest snapshot, or None."""
        log = list(self._items.query(partition(use_case, dataset), prefix="log#"))
        return _snapshot(use_case, dataset, log) if log else None

    def get(self, identifier: str) -> Snapshot:
        """Return a snapshot by its id.

        Raises
        ------
        NotFound
            There is none of that id.
        """
        pointer = self._items.get(f"snapshot#{identifier}", "snapshot")
        if pointer is None:
            raise NotFound("There is no such snapshot.", found=identifier)
        use_case, dataset = pointer["use_case"], pointer["dataset"]
        log = list(self._items.query(partition(use_case, dataset), prefix="log#"))
        return _snapshot(use_case, dataset, log[: pointer["sequence"]])


def _known(log: list[Item], arrival_id: str, parts: tuple[Part, ...]) -> tuple[int | None, str | None]:
    """Find the entry that holds the arrival, or the very same bytes, and whose they are."""
    hashes = {part.sha256 for part in parts}
    for place, entry in enumerate(log):
        if entry["arrival_id"] == arrival_id:
            return place, arrival_id
        if None not in hashes and hashes == {part.get("sha256") for part in entry["parts"]}:
            return place, str(entry["arrival_id"])
    return None, None


def _entry(
    use_case: str,
    dataset: str,
    log: list[Item],
    *,
    arrival_id: str,
    parts: tuple[Part, ...],
    columns: tuple[dict[str, str], ...],
    at: str,
) -> Item:
    """Make the next entry of the log."""
    every = (*_parts(log), *parts)
    return {
        "pk": partition(use_case, dataset),
        "sk": f"log#{len(log) + 1:08d}",
        "snapshot_id": snapshot_id(every, columns),
        "arrival_id": arrival_id,
        "at": at,
        "columns": list(columns),
        "parts": [part.model_dump(exclude_none=True) for part in parts],
    }


def _parts(log: list[Item]) -> tuple[Part, ...]:
    """Return the parts of all entries."""
    return tuple(Part.model_validate(part) for entry in log for part in entry["parts"])


def _snapshot(use_case: str, dataset: str, log: list[Item]) -> Snapshot:
    """Return the snapshot that a log ends with."""
    last = log[-1]
    return Snapshot(
        id=last["snapshot_id"],
        use_case=use_case,
        dataset=dataset,
        sequence=len(log),
        parent=log[-2]["snapshot_id"] if len(log) > 1 else None,
        arrival_id=last["arrival_id"],
        at=last["at"],
        columns=tuple(last["columns"]),
        parts=_parts(log),
    )


def _pointer(snapshot: Snapshot) -> Item:
    """Make the record that finds a snapshot by its id."""
    place = {"use_case": snapshot.use_case, "dataset": snapshot.dataset, "sequence": snapshot.sequence}
    return {"pk": f"snapshot#{snapshot.id}", "sk": "snapshot", **place}
