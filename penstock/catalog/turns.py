"""Turns: arrivals of one partition of a dataset are committed one after the other, as they landed.

Each arrival that is being onboarded has an item here until it has its outcome. One whose turn has not come
stores the token of its waiting workflow; whoever leaves tells the next. The token is stored before the
look at who is ahead, and an item is removed before the look for the next, so that no turn is missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.catalog.records import Arrival
from penstock.errors import Conflict
from penstock.stores import Item, ItemStore

_ATTEMPTS = 5


@dataclass(frozen=True)
class Turn:
    """The answer to an arrival that asks for its turn.

    Attributes
    ----------
    granted
        Whether it may go on.
    ahead
        Arrivals that it has to wait for.
    skipped
        Arrivals before it whose run has ended without a result; nobody waits for them any more.
    """

    granted: bool
    ahead: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


class Turns:
    """Who is next, by partition of a dataset.

    Parameters
    ----------
    items
        The catalogue's table.

    Examples
    --------
    >>> from penstock.catalog import LandedObject
    >>> from penstock.stores import MemoryItems
    >>> def arrival(name: str, at: str) -> Arrival:
    ...     landed = LandedObject(bucket="landing", key=f"uc/ds/{name}", version="1", size=1)
    ...     return Arrival(id=name, use_case="uc", dataset="ds", file_name=name, object=landed,
    ...                    landed_at=at, received_at=at, updated_at=at)
    >>> turns, first, second = Turns(MemoryItems()), arrival("a", "2025-01-01"), arrival("b", "2025-01-02")
    >>> turns.enter(first, run="run-a"), turns.enter(second, run="run-b")
    (None, None)
    >>> turns.ask(second, token="t", running=lambda run: True).ahead
    ('a',)
    >>> turns.leave(first)
    't'
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def enter(self, arrival: Arrival, *, run: str) -> None:
        """Stand in the queue; again changes nothing but the run."""
        known = self._items.get(_queue(arrival), arrival.order) or {}
        self._items.put({"pk": _queue(arrival), "sk": arrival.order, "arrival_id": arrival.id,
                         **_own(known), "run": run})  # fmt: skip

    def ask(self, arrival: Arrival, *, token: str, running: Callable[[str], bool]) -> Turn:
        """Say whether it is an arrival's turn; if not, keep the token of the workflow that waits for it.

        Parameters
        ----------
        running
            Tells whether a run is still under way.
        """
        mine = self._items.get(_queue(arrival), arrival.order) or {
            "pk": _queue(arrival), "sk": arrival.order, "arrival_id": arrival.id, "run": ""
        }  # fmt: skip
        self._items.put({**mine, "token": token})
        ahead, skipped = list[str](), list[str]()
        for item in self._items.query(_queue(arrival)):
            before = item["sk"] < arrival.order or item.get("granted")
            if item["arrival_id"] == arrival.id or not before:
                continue
            if running(item["run"]):
                ahead.append(str(item["arrival_id"]))
            else:
                self._items.delete(_queue(arrival), item["sk"])
                skipped.append(str(item["arrival_id"]))
        if not ahead:
            self._items.put({**mine, "granted": True})
        return Turn(not ahead, tuple(ahead), tuple(skipped))

    def leave(self, arrival: Arrival) -> str | None:
        """Give the turn up, and return the token of the one that is next and waits, if there is one."""
        self._items.delete(_queue(arrival), arrival.order)
        first = next(iter(self._items.query(_queue(arrival), limit=1)), None)
        return str(first["token"]) if first and first.get("token") else None

    def committed(self, arrival: Arrival) -> str | None:
        """Note that an arrival was committed, and return the id of one that overtook it, if one did."""
        for _ in range(_ATTEMPTS):
            last = self._items.get(_queue(arrival, "committed"), "last") or {}
            if last.get("order", "") >= arrival.order:
                return None if last["arrival_id"] == arrival.id else str(last["arrival_id"])
            note = {"pk": _queue(arrival, "committed"), "sk": "last", "order": arrival.order}
            try:
                self._items.put({**note, "arrival_id": arrival.id}, expect=last.get("revision", 0))
            except Conflict:
                continue
            return None
        return None


def _queue(arrival: Arrival, kind: str = "turns") -> str:
    """Return the partition key of a queue."""
    return f"{kind}#{arrival.use_case}/{arrival.dataset}/{arrival.partition}"


def _own(known: Item) -> Item:
    """Return what an item keeps when its arrival enters again."""
    return {name: known[name] for name in ("token", "granted") if name in known}
