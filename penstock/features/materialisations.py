"""What of a view has been materialised: which write is being made from which, and which are done.

A write is fixed when it is planned first: its id, what it builds on and its time. Whoever repeats it, or
makes it at the same time, makes the same objects byte for byte. That a write is done is one item, put last
and only once: until then nobody reads what it has written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from penstock.errors import Conflict, NotFound, RemovedData
from penstock.stores import Item, ItemStore


class ViewPlace(NamedTuple):
    """A version of a feature view of a use case."""

    use_case: str
    view: str
    version: int

    @property
    def pk(self) -> str:
        """The partition of its records."""
        return f"materialised#{self.use_case}/{self.view}/v{self.version}"

    @property
    def prefix(self) -> str:
        """Where its objects lie in the lake, without a slash at the end."""
        return f"features/{self.use_case}/{self.view}/v{self.version}"

    @property
    def node(self) -> str:
        """Its name in words."""
        return f"{self.use_case}/{self.view} version {self.version}"

    def manifest(self, identifier: str) -> str:
        """Return the key of the manifest of a write."""
        return f"{self.prefix}/manifests/{identifier}.json"


class Writing(BaseModel):
    """A write that was planned.

    Attributes
    ----------
    id
        The snapshot's id, or a backfill's own; names files and manifest.
    base
        The write that it builds on; None for one that computes everything.
    write_time
        ISO 8601 in UTC; later than that of every write before it.
    definition
        Digest of what is computed.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    kind: Literal["refresh", "backfill"] = "refresh"
    snapshot_id: str
    sequence: int
    base: str | None = None
    write_time: str
    definition: str


class Materialisation(Writing):
    """A write that is done.

    Attributes
    ----------
    rows, entities
        Of the view as of the snapshot, what was written before included.
    files, bytes
        Those that make up the view.
    at
        When it was committed.
    removed_at
        When its files were removed, because rows of the dataset were.
    """

    rows: int
    entities: int
    files: int
    bytes: int
    at: str
    removed_at: str | None = None


class Materialisations:
    """The writes of all views.

    Parameters
    ----------
    items
        The table ``features``.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> known, place = Materialisations(MemoryItems()), ViewPlace("demo", "history", 1)
    >>> planned = known.begin(place, Writing(id="s1", snapshot_id="s1", sequence=1, definition="d",
    ...                                      write_time="2026-01-01T00:00:00.000Z"))
    >>> done = Materialisation(**planned.model_dump(), rows=3, entities=2, files=1, bytes=100,
    ...                        at="2026-01-01T00:01:00.000Z")
    >>> known.commit(place, done) == known.commit(place, done) == known.newest(place)
    True
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def begin(self, place: ViewPlace, planned: Writing) -> Writing:
        """Plan a write, or return it as it was planned before."""
        sk = f"writing#{planned.id}#{planned.definition[:16]}"
        with suppress(Conflict):
            self._items.put({"pk": place.pk, "sk": sk, **planned.model_dump()}, expect=0)
            return planned
        known = self._items.get(place.pk, sk)
        if known is None:
            raise Conflict("The plan was removed meanwhile.", where=place.node, action="Retry.")
        return Writing.model_validate(_plain(known))

    def commit(self, place: ViewPlace, done: Materialisation) -> Materialisation:
        """Say that a write is done; whoever says it again gets what was said first."""
        with suppress(Conflict):
            self._items.put({"pk": place.pk, "sk": _done(done), **done.model_dump()}, expect=0)
            return done
        return self._known(place, _done(done))

    def amend(self, place: ViewPlace, done: Materialisation) -> None:
        """Change the counts of a write of which something was removed."""
        self._items.put({"pk": place.pk, "sk": _done(done), **done.model_dump()})

    def newest(self, place: ViewPlace, *, up_to: int | None = None) -> Materialisation | None:
        """Return the last write that is done, of snapshots up to a place in the dataset's log."""
        for item in self._items.query(place.pk, prefix="done#", newest_first=True):
            if up_to is None or int(item["sequence"]) <= up_to:
                return Materialisation.model_validate(_plain(item))
        return None

    def every(self, place: ViewPlace) -> Iterator[Materialisation]:
        """Yield all writes that are done and not removed, the newest first."""
        for item in self._items.query(place.pk, prefix="done#", newest_first=True):
            if not item.get("removed_at"):
                yield Materialisation.model_validate(_plain(item))

    def begun(self, place: ViewPlace, *, before: int) -> Iterator[Writing]:
        """Yield the writes that were planned for snapshots before a place in the dataset's log."""
        for item in self._items.query(place.pk, prefix="writing#"):
            if int(item["sequence"]) < before:
                yield Writing.model_validate(_plain(item))

    def find(self, place: ViewPlace, identifier: str) -> Materialisation:
        """Return a write that is done by its id, or the newest of a snapshot by the snapshot's.

        Raises
        ------
        NotFound
            There is none.
        RemovedData
            Its files were removed.
        """
        for item in self._items.query(place.pk, prefix="done#", newest_first=True):
            one = Materialisation.model_validate(_plain(item))
            if identifier in {one.id, one.snapshot_id}:
                return _present(place, one)
        raise NotFound(
            "The view is not materialised so.",
            found=identifier,
            where=place.node,
            action="See what there is: penstock feature show.",
        )

    def _known(self, place: ViewPlace, sk: str) -> Materialisation:
        item = self._items.get(place.pk, sk)
        if item is None:
            raise Conflict("The write was removed meanwhile.", where=place.node, action="Retry.")
        return Materialisation.model_validate(_plain(item))


def _present(place: ViewPlace, one: Materialisation) -> Materialisation:
    """Return a write whose files are there."""
    if one.removed_at is None:
        return one
    raise RemovedData(
        "These features were removed, because rows of their dataset were.",
        found=f"write {one.id}, removed at {one.removed_at}",
        where=place.node,
        action="Use a newer write: penstock feature show.",
    )


def _done(one: Writing) -> str:
    """Return the sort key of a write that is done: by snapshot, then by time."""
    return f"done#{one.sequence:08d}#{one.write_time}#{one.id}"


def _plain(item: Item) -> Item:
    """Return an item without the store's own fields."""
    return {key: value for key, value in item.items() if key not in {"pk", "sk", "revision"}}
