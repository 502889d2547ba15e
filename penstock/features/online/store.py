"""The online store: the newest features of each entity, in one item; late data never overwrites newer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.errors import Conflict, InvalidSpec
from penstock.features.online.decoding import NEVER, Features, as_rows, expired, unpack
from penstock.features.online.entities import EntityTable, Stored
from penstock.features.online.limits import check_tables, entity_key, readable_key
from penstock.features.online.merging import known_sections, merged, newest
from penstock.features.online.packing import microseconds, pack, rows_table

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.features.online.codec import Section
    from penstock.features.online.layout import Layout

Row = Mapping[str, Any]
Moments = datetime | Sequence[datetime] | None
_ATTEMPTS = 10
_ENTITIES_TOGETHER = 2_000
_SKEW = timedelta(days=1)
FOUND, MISSING, EXPIRED = "found", "missing", "expired"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Written:
    """What a write did.

    Parameters
    ----------
    entities
        How many it was about.
    changed
        How many items it wrote.
    late
        How many feature rows the store has newer ones of.
    """

    entities: int
    changed: int
    late: int


@dataclass(frozen=True)
class Retrieved:
    """The features of entities, in the order in which they were asked for.

    Parameters
    ----------
    keys
        The entities.
    features
        A group of columns a view; None where a feature is null or not known.
    statuses
        By view, why: ``found``, ``missing`` (the entity is not known, or not to this version of the view) or
        ``expired`` (older than the view's time to live), one an entity.
    """

    keys: tuple[str, ...]
    features: tuple[Features, ...]
    statuses: Mapping[str, tuple[str, ...]]

    def rows(self) -> list[dict[str, Any]]:
        """Return the features of each entity."""
        return as_rows(self.features, len(self.keys))

    def by_key(self) -> dict[str, dict[str, Any]]:
        """Return the features of each entity by its key."""
        return dict(zip(self.keys, self.rows(), strict=True))

    @property
    def columns(self) -> dict[str, list[Any]]:
        """The column of each feature."""
        return {name: column for one in self.features for name, column in one.values.items()}


class OnlineStore:
    """The newest features of every entity.

    Parameters
    ----------
    table
        ``DynamoEntities``, or ``MemoryEntities`` in tests. An entity is one item, whatever the number of its
        views.
    now
        The time, by which features expire when a read does not say another.

    Examples
    --------
    >>> from penstock.features import Layout, MemoryEntities
    >>> history = Layout(view="history", version=1, entity="customer", key="customer",
    ...                  features=(("average", "decimal"),))
    >>> store = OnlineStore(MemoryEntities())
    >>> new = {"customer": "a", "event_timestamp": "2025-01-03T00:00:00Z", "average": 20.0}
    >>> late = {"customer": "a", "event_timestamp": "2025-01-01T00:00:00Z", "average": 10.0}
    >>> made = datetime(2025, 1, 4, tzinfo=UTC)
    >>> store.write("uc", {history: [new]}, write_time=made)
    Written(entities=1, changed=1, late=0)
    >>> store.write("uc", {history: [late]}, write_time=made)
    Written(entities=1, changed=0, late=1)
    >>> found = store.read("uc", [history], ["a", "b"])
    >>> found.rows(), found.statuses
    ([{'average': 20.0}, {'average': None}], {'history': ('found', 'missing')})
    """

    def __init__(self, table: EntityTable, *, now: Callable[[], datetime] = _now) -> None:
        self._table, self.now = table, now

    def write(
        self,
        use_case: str,
        views: Mapping[Layout, pa.Table | Iterable[Row]],
        *,
        write_time: datetime,
        skew: timedelta | None = _SKEW,
    ) -> Written:
        """Store feature rows, except where the store has the same or newer ones.

        Of two rows of a view and an entity the one with the later ``event_timestamp`` is newer, and of two of
        the same moment that with the later ``write_time``. Two writers at once lose nothing, and a repeat
        changes nothing. An entity costs one write, whatever the number of ``views``.

        Parameters
        ----------
        views
            Rows of views of one entity: the key, ``event_timestamp`` and the features; perhaps
            ``write_time``, and ``is_deleted`` for rows that say that there is none any more.
        write_time
            When the rows were made, for those that do not have it.
        skew
            How much later than ``write_time`` an event may be: an event of the far future would keep all
            later data out. None for any.

        Raises
        ------
        UnstorableFeatures
            Rows lack a column, a key or a time, hold another type, are of the future, or are too large.
        Conflict
            Others kept changing the same entities.
        TransientError
            The table is throttled; what was stored before stays, and a repeat does the rest.
        """
        _one_entity(list(views))
        tables = {layout: _as_table(layout, rows) for layout, rows in views.items()}
        check_tables(use_case, tables, latest=None if skew is None else write_time + skew)
        entities, changed, late = 0, 0, 0
        for batch in _batches(tables):
            packed = {layout: pack(layout, table, write_time=write_time) for layout, table in batch.items()}
            fresh = newest(use_case, packed)
            done = self._merge(fresh)
            entities, changed, late = entities + len(fresh), changed + done[0], late + done[1]
        return Written(entities, changed, late)

    def read(
        self,
        use_case: str,
        views: Sequence[Layout],
        keys: Sequence[Any],
        *,
        at: Moments = None,
        consistent: bool = False,
    ) -> Retrieved:
        """Return the features of entities.

        Parameters
        ----------
        views
            Views of one entity.
        keys
            Which entities; for one that is not known every feature is None.
        at
            The time of asking, or one an entity; features that are older than their view's time to live are
            then None. Now when None.
        consistent
            Whether to see every write that was done before, for twice the read units.

        Raises
        ------
        InvalidSpec
            The views are of different entities.
        CorruptFeatures
            An item is not what was written.
        TransientError
            The table is throttled.
        """
        entity = _one_entity(views)
        if not views or not keys:
            return Retrieved(tuple(map(str, keys)), (), {})
        places = [readable_key(use_case, views[0], key) for key in keys]
        asked = list(dict.fromkeys(place for place in places if place is not None))
        stored = self._table.get_many(asked, consistent=consistent) if asked else {}
        values = [_packed(stored.get(place)) if place is not None else None for place in places]
        moment = self._moment(at)
        features, statuses = [], {}
        for one in unpack(values, views, entity=entity, keys=keys):
            old = expired(one, moment)
            statuses[one.layout.view] = _statuses(one, old)
            features.append(one.without(old) if old.any() else one)
        return Retrieved(tuple(map(str, keys)), tuple(features), statuses)

    def erase(self, use_case: str, entity: str, key: Any) -> bool:
        """Remove all features of one entity; tell whether there were any.

        Erase it from the offline store first, or the next materialisation brings it back.
        """
        return self._table.delete(entity_key(use_case, entity, str(key)))

    def sections(self, use_case: str, layout: Layout, keys: Sequence[str]) -> list[Section | None]:
        """Return the packed section of a view for each entity, by consistent reads."""
        places = [entity_key(use_case, layout.entity, key) for key in keys]
        stored = self._table.get_many(list(dict.fromkeys(places)), consistent=True)
        found = [known_sections(stored.get(place), place) for place in places]
        return [next((one for one in each if one.identity == layout.mark), None) for each in found]

    def _moment(self, at: Moments) -> Any:
        """Return the time of asking in microseconds."""
        if at is None or isinstance(at, datetime):
            return microseconds(at or self.now())
        return np.array([microseconds(moment) for moment in at], dtype=np.int64)

    def _merge(self, fresh: dict[str, list[Section]]) -> tuple[int, int]:
        """Bring entities up to date, again where somebody came between; return changed and late ones."""
        left, changed, late = fresh, 0, 0
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(0.02 * 2**attempt * random.random())  # noqa: S311
            known = self._table.get_many(list(left), consistent=True)
            changes = []
            for key, sections in left.items():
                change, older = merged(key, known.get(key), sections)
                late += older if key in fresh and not attempt else 0
                if change is not None:
                    changes.append(change)
            lost = self._table.put_many(changes) if changes else set()
            changed += len(changes) - len(lost)
            left = {key: left[key] for key in lost}
            if not left:
                return changed, late
        raise Conflict(
            "Others kept changing the same entities.",
            found=f"{len(left)} entities after {_ATTEMPTS} attempts",
            where=next(iter(left)),
            action="Retry; what is stored already is not written again.",
        )


def _one_entity(views: Sequence[Layout]) -> str:
    """Return the entity of views, which must be one."""
    entities = sorted({view.entity for view in views})
    if len(entities) > 1:
        raise InvalidSpec("One call is about one entity.", found=", ".join(entities), expected="one entity")
    return entities[0] if entities else ""


def _as_table(layout: Layout, rows: Any) -> pa.Table:
    """Return rows as a table."""
    return rows if hasattr(rows, "column_names") else rows_table(layout, list(rows))


def _batches(tables: Mapping[Layout, pa.Table]) -> Iterator[dict[Layout, pa.Table]]:
    """Cut tables so that all rows of an entity are together, whatever the order of each table is."""
    places: dict[Any, int] = {}
    numbered = []
    for layout, table in tables.items():
        keys = table.column(layout.key).to_pylist()
        numbers = np.fromiter((places.setdefault(key, len(places)) for key in keys), np.int64, len(keys))
        numbered.append((layout, table, numbers // _ENTITIES_TOGETHER))
    count = -(-len(places) // _ENTITIES_TOGETHER)
    cut = []
    for layout, table, batches in numbered:
        if (np.diff(batches) < 0).any():
            order = np.argsort(batches, kind="stable")
            table, batches = table.take(order), batches[order]  # noqa: PLW2901
        cut.append((layout, table, np.searchsorted(batches, np.arange(count + 1)).tolist()))
    for n in range(count):
        yield {
            layout: table.slice(at[n], at[n + 1] - at[n]) for layout, table, at in cut if at[n + 1] > at[n]
        }


def _packed(stored: Stored | None) -> bytes | None:
    return (stored.packed or None) if stored else None


def _statuses(features: Features, old: Any) -> tuple[str, ...]:
    """Return the status of each entity."""
    there = features.events != NEVER
    if there.all() and not old.any():
        return (FOUND,) * len(there)
    found = np.where(old, EXPIRED, np.where(there, FOUND, MISSING)).tolist()
    return tuple(found)
