"""Legal holds: while a dataset has one, nothing of it is removed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from penstock.catalog.arrivals import partition
from penstock.errors import InvalidSpec, NotFound
from penstock.stores import ItemStore


class Hold(BaseModel):
    """Why data must stay, who said so, and who released it."""

    model_config = ConfigDict(frozen=True)

    id: str
    use_case: str
    dataset: str
    reason: str
    by: str
    at: str
    released_by: str = ""
    released_at: str = ""
    release_reason: str = ""


class Holds:
    """Holds of all datasets, those that were released too.

    Parameters
    ----------
    items
        The catalogue's table.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> holds = Holds(MemoryItems())
    >>> hold = holds.place("uc", "ds", reason="lawsuit 12", by="ann", at="2026-01-01")
    >>> [one.reason for one in holds.active("uc", "ds")]
    ['lawsuit 12']
    >>> holds.release("uc", "ds", by="priya", reason="settled", at="2026-02-01").released_by
    'priya'
    >>> holds.active("uc", "ds")
    []
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def active(self, use_case: str, dataset: str) -> list[Hold]:
        """Return the holds that stand, the oldest first."""
        return [hold for hold in self.every(use_case, dataset) if not hold.released_at]

    def every(self, use_case: str, dataset: str) -> Iterator[Hold]:
        """Yield all holds there ever were, the oldest first."""
        for item in self._items.query(partition(use_case, dataset), prefix="hold#"):
            yield Hold.model_validate({name: item[name] for name in Hold.model_fields if name in item})

    def place(self, use_case: str, dataset: str, *, reason: str, by: str, at: str) -> Hold:
        """Put a dataset on hold; the same person's same reason again is the same hold.

        Raises
        ------
        InvalidSpec
            No reason is given.
        """
        _need(reason)
        for known in self.active(use_case, dataset):
            if (known.reason, known.by) == (reason, by):
                return known
        identifier = hashlib.sha256("\n".join([use_case, dataset, reason, by, at]).encode()).hexdigest()[:8]
        hold = Hold(id=identifier, use_case=use_case, dataset=dataset, reason=reason, by=by, at=at)
        self._write(hold)
        return hold

    def release(
        self, use_case: str, dataset: str, *, by: str, reason: str, at: str, identifier: str = ""
    ) -> Hold:
        """End a hold.

        Parameters
        ----------
        identifier
            Which one; it may be left out when there is only one.

        Raises
        ------
        InvalidSpec
            No reason is given.
        NotFound
            There is no such hold, or several and none is named.
        """
        _need(reason)
        active = self.active(use_case, dataset)
        known = ", ".join(f"{hold.id} ({hold.reason})" for hold in active)
        found = [hold for hold in active if identifier in {"", hold.id}]
        if len(found) != 1:
            raise NotFound(
                "There are several holds; say which." if found else "There is no such hold.",
                found=identifier or "no id",
                expected=known or "nothing: it is not on hold",
                where=f"{use_case}/{dataset}",
            )
        facts = {"released_by": by, "released_at": at, "release_reason": reason}
        released = found[0].model_copy(update=facts)
        self._write(released)
        return released

    def _write(self, hold: Hold) -> None:
        place = partition(hold.use_case, hold.dataset)
        self._items.put({"pk": place, "sk": f"hold#{hold.at}#{hold.id}", **hold.model_dump()})


def _need(reason: str) -> None:
    if not reason.strip():
        raise InvalidSpec("A legal hold needs a reason.", expected="why, as an auditor will read it")
