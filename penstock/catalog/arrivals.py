"""The register of arrivals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from penstock.catalog.records import TRANSITIONS, Arrival, Status
from penstock.errors import Conflict, NotFound
from penstock.stores import Item, ItemStore

_ATTEMPTS = 10
_LONGEST_EXECUTION = timedelta(hours=13)


def partition(use_case: str, dataset: str) -> str:
    """Return the partition key of a dataset's records."""
    return f"dataset#{use_case}/{dataset}"


class Arrivals:
    """Arrivals of all datasets; each change follows the table of transitions.

    Parameters
    ----------
    items
        The catalogue's table.
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def begin(self, arrival: Arrival) -> Arrival:
        """Register an arrival; if it is known already, return what is known.

        One that failed or waits is received, by the execution that asks, unless that keeps it waiting; so is
        one whose own execution has been over for long without telling how it ended.
        """
        try:
            self._items.put(_item(arrival), expect=0)
        except Conflict:
            known = self.get(arrival.use_case, arrival.dataset, arrival.id)
            again: dict[str, Any] = {"execution": arrival.execution, "error": None}
            starts = arrival.status is not Status.WAITING
            if starts and known.status in {Status.FAILED, Status.WAITING}:
                again |= {"waiting_for": None, "contract": arrival.contract}
                return self.move(known, Status.RECEIVED, at=arrival.received_at, **again)
            if known.status is Status.FAILED:
                again |= {"waiting_for": arrival.waiting_for}
                return self.move(known, Status.WAITING, at=arrival.received_at, **again)
            if _abandoned(known, arrival.received_at):
                return self.note(known, updated_at=arrival.received_at, **again)
            return known
        return arrival

    def get(self, use_case: str, dataset: str, arrival_id: str) -> Arrival:
        """Return an arrival.

        Raises
        ------
        NotFound
            There is none of that id.
        """
        found = self._items.get(partition(use_case, dataset), f"arrival#{arrival_id}")
        if found is None:
            raise NotFound("There is no such arrival.", found=arrival_id, where=f"{use_case}/{dataset}")
        return _arrival(found)

    def each(self, use_case: str, dataset: str) -> Iterator[Arrival]:
        """Yield a dataset's arrivals page by page, in no order that means anything."""
        yield from map(_arrival, self._items.query(partition(use_case, dataset), prefix="arrival#"))

    def all(self, use_case: str, dataset: str) -> list[Arrival]:
        """Return a dataset's arrivals, the oldest first."""
        found = self._items.query(partition(use_case, dataset), prefix="arrival#")
        return sorted((_arrival(item) for item in found), key=lambda one: (one.received_at, one.id))

    def waiting(self, use_case: str, dataset: str) -> list[Arrival]:
        """Return the arrivals of a dataset that wait, in the order in which they landed."""
        found = (one for one in self.all(use_case, dataset) if one.status is Status.WAITING)
        return sorted(found, key=lambda one: one.order)

    def move(self, arrival: Arrival, status: Status, *, at: str, **changes: Any) -> Arrival:
        """Give an arrival another status; asking again for the status that it has changes nothing.

        Raises
        ------
        Conflict
            That status cannot follow the one that the arrival has.
        """

        def moved(current: Arrival) -> Arrival:
            if current.status is status:
                return current
            if status not in TRANSITIONS[current.status]:
                raise _no_way(current, status)
            return current.model_copy(update={**changes, "status": status, "updated_at": at})

        return self._change(arrival, moved)

    def note(self, arrival: Arrival, **changes: Any) -> Arrival:
        """Add facts to an arrival whose status stays."""
        return self._change(arrival, lambda current: current.model_copy(update=changes))

    def _change(self, arrival: Arrival, change: Callable[[Arrival], Arrival]) -> Arrival:
        """Read, change and write under optimistic locking, again when somebody comes between."""
        pk, sk = partition(arrival.use_case, arrival.dataset), f"arrival#{arrival.id}"
        for attempt in range(_ATTEMPTS):
            item = self._items.get(pk, sk)
            if item is None:
                raise NotFound("There is no such arrival.", found=arrival.id, where=pk)
            changed = change(_arrival(item))
            if changed == _arrival(item):
                return changed
            try:
                self._items.put(_item(changed), expect=item["revision"])
            except Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            return changed
        raise AssertionError("unreachable")


def _abandoned(known: Arrival, now: str) -> bool:
    """Say whether a received arrival's execution can no longer be running."""
    age = datetime.fromisoformat(now) - datetime.fromisoformat(known.updated_at)
    return known.status is Status.RECEIVED and age > _LONGEST_EXECUTION


def _item(arrival: Arrival) -> Item:
    """Return an arrival as a record of the store."""
    document = arrival.model_dump(mode="json", exclude_none=True)
    return {"pk": partition(arrival.use_case, arrival.dataset), "sk": f"arrival#{arrival.id}", **document}


def _arrival(item: Item) -> Arrival:
    """Return a record of the store as an arrival."""
    return Arrival.model_validate({key: value for key, value in item.items() if key not in {"pk", "sk"}})


def _no_way(current: Arrival, status: Status) -> Conflict:
    """Make the error of a transition that is not in the table."""
    allowed = ", ".join(sorted(TRANSITIONS[current.status])) or "nothing: it is final"
    return Conflict(
        "The arrival cannot change so.",
        found=f"{current.status} to {status}",
        expected=f"from {current.status}: {allowed}",
        where=f"arrival {current.id} ({current.file_name})",
    )
