"""When those that wait for a batch are gathered: at so many files, or so many minutes after the first."""

from __future__ import annotations

from datetime import datetime, timedelta

from penstock.catalog.records import Arrival
from penstock.errors import Conflict
from penstock.specs.contract import Trigger
from penstock.stores import ItemStore

_GRACE = timedelta(minutes=10)
"""A timer that is so much overdue was lost, and another is set."""


class Batches:
    """One timer a dataset, set by the first file of a batch.

    Parameters
    ----------
    items
        The catalogue's table.
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def wait(self, arrival: Arrival, trigger: Trigger, waiting: int, at: str) -> int | None:
        """Return after how many seconds those that wait have to be gathered; None if others see to it.

        Parameters
        ----------
        waiting
            How many arrivals of the dataset wait, this one among them.
        """
        if trigger.files is not None and waiting >= trigger.files:
            return 0
        if trigger.minutes is None:
            return None
        pk = _pk(arrival.use_case, arrival.dataset)
        known = self._items.get(pk, "timer")
        due = datetime.fromisoformat(at) + timedelta(minutes=trigger.minutes)
        if known and datetime.fromisoformat(known["due"]) + _GRACE > datetime.fromisoformat(at):
            return trigger.minutes * 60 if known["set_by"] == arrival.id else None
        timer = {"pk": pk, "sk": "timer", "due": due.isoformat(), "set_by": arrival.id}
        try:
            self._items.put(timer, expect=known["revision"] if known else 0)
        except Conflict:
            return None
        return trigger.minutes * 60

    def gathered(self, use_case: str, dataset: str) -> None:
        """Take the timer away, before those that wait are looked at: whoever lands later sets another."""
        self._items.delete(_pk(use_case, dataset), "timer")


def _pk(use_case: str, dataset: str) -> str:
    return f"batch#{use_case}/{dataset}"
