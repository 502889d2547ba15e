"""The online store: one item an entity, read at once; late data never overwrites newer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from penstock.errors import Conflict, InvalidSpec
from penstock.specs import FeatureView
from penstock.stores import Item, ItemStore

EVENT_TIMESTAMP = "event_timestamp"
_SK = "features"
_ATTEMPTS = 10

Row = Mapping[str, Any]


class Batches(Protocol):
    """Many items at once; :class:`~penstock.features.DynamoBatches` is the one on AWS."""

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Return the items that exist, by key, by consistent reads."""
        ...

    def put_many(self, items: Sequence[tuple[Item, int]]) -> None:
        """Store items, each expecting a revision (0: none is there).

        Raises
        ------
        Conflict
            One of the expectations does not hold; others may have been stored.
        """
        ...


class _OneByOne:
    """Batches out of single calls, for stores that have no better way."""

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Get one after the other."""
        return {key: item for key in keys if (item := self._items.get(*key)) is not None}

    def put_many(self, items: Sequence[tuple[Item, int]]) -> None:
        """Put one after the other."""
        for item, revision in items:
            self._items.put(item, expect=revision)


class OnlineStore:
    """The newest features of every entity.

    Parameters
    ----------
    items
        A table of its own. An entity is one item, whatever the number of its views.
    batches
        A faster way to the same table, if there is one.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "average", "aggregate": "mean", "of": "amount"}])
    >>> store = OnlineStore(MemoryItems())
    >>> new = {"customer": "a", "event_timestamp": "2025-01-03T00:00:00.000Z", "average": 20.0}
    >>> late = {"customer": "a", "event_timestamp": "2025-01-01T00:00:00.000Z", "average": 10.0}
    >>> store.write("uc", view, [new]), store.write("uc", view, [late])
    (1, 0)
    >>> store.read("uc", [view], ["a", "b"])
    {'a': {'average': 20.0}, 'b': {'average': None}}
    """

    def __init__(self, items: ItemStore, *, batches: Batches | None = None) -> None:
        self._batches: Batches = batches or _OneByOne(items)

    def write(self, use_case: str, view: FeatureView, rows: Iterable[Row]) -> int:
        """Store feature rows, except where the store has the same or newer ones.

        Parameters
        ----------
        rows
            With the entity's key, ``event_timestamp`` (a time, or ISO 8601 text) and the view's features.

        Returns
        -------
        int
            How many entities changed.
        """
        return sum(self._write(use_case, view, chunk) for chunk in _chunks(rows))

    def read(
        self,
        use_case: str,
        views: Sequence[FeatureView],
        entity_keys: Sequence[str],
        *,
        at: str | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Return the features of entities, by key.

        Parameters
        ----------
        views
            Views of one entity.
        entity_keys
            Which entities; for one that is not known every feature is None.
        at
            The time of asking (ISO 8601); features older than their view's time to live are then None.

        Raises
        ------
        InvalidSpec
            The views are of different entities.
        """
        entities = sorted({view.entity.name for view in views})
        if len(entities) > 1:
            raise InvalidSpec(
                "One read is about one entity.", found=", ".join(entities), expected="one entity"
            )
        keys = [str(key) for key in dict.fromkeys(entity_keys)]
        found: dict[tuple[str, str], Item] = {}
        for chunk in _chunks(keys) if entities else ():
            found |= self._batches.get_many([_key(use_case, entities[0], key) for key in chunk])
        return {
            key: _features(found.get(_key(use_case, entities[0], key)) if entities else None, views, at)
            for key in keys
        }

    def enrich(
        self, use_case: str, views: Sequence[FeatureView], rows: Sequence[Row], *, at: str | None = None
    ) -> list[dict[str, Any]]:
        """Return rows with the features of their entities added, in their order.

        A row without an entity's key gets None for the features of that entity.
        """
        enriched = [dict(row) for row in rows]
        for key_column in sorted({view.entity.key for view in views}):
            mine = [view for view in views if view.entity.key == key_column]
            keys = [str(row[key_column]) for row in rows if row.get(key_column) is not None]
            known = self.read(use_case, mine, keys, at=at)
            for row in enriched:
                row.update(known.get(str(row.get(key_column))) or _features(None, mine, at))
        return enriched

    def _write(self, use_case: str, view: FeatureView, rows: Sequence[Row]) -> int:
        """Read, merge and write a batch; again when somebody comes between."""
        keys = [_key(use_case, view.entity.name, str(row[view.entity.key])) for row in rows]
        changed: set[tuple[str, str]] = set()
        for attempt in range(_ATTEMPTS):
            known = self._batches.get_many(list(dict.fromkeys(keys)))
            merged = _merged(known, zip(keys, rows, strict=True), view)
            try:
                if merged:
                    self._batches.put_many(
                        [(item, known.get(key, {}).get("revision", 0)) for key, item in merged.items()]
                    )
            except Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
                changed |= merged.keys()
                continue
            return len(changed | merged.keys())
        raise AssertionError("unreachable")


def _chunks(values: Iterable[Any], size: int = 100) -> Iterator[list[Any]]:
    """Cut into lists of at most 100, which is what DynamoDB takes at once."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _key(use_case: str, entity: str, key: str) -> tuple[str, str]:
    """Return the key of an entity's item."""
    return f"{use_case}#{entity}#{key}", _SK


def _merged(
    known: Mapping[tuple[str, str], Item], rows: Iterable[tuple[tuple[str, str], Row]], view: FeatureView
) -> dict[tuple[str, str], Item]:
    """Return the items that change, with the newest row of each entity."""
    changed: dict[tuple[str, str], Item] = {}
    for key, row in rows:
        item = changed.get(key) or known.get(key) or {"pk": key[0], "sk": key[1], "views": {}}
        fresh = {EVENT_TIMESTAMP: _moment(row[EVENT_TIMESTAMP]), "values": _values(row, view)}
        stored = item["views"].get(view.name)
        if stored is None or (stored != fresh and stored[EVENT_TIMESTAMP] <= fresh[EVENT_TIMESTAMP]):
            changed[key] = {**item, "views": {**item["views"], view.name: fresh}}
    return changed


def _values(row: Row, view: FeatureView) -> dict[str, Any]:
    """Return a view's values of a row as the store keeps them."""
    return {feature.name: _plain(row[feature.name]) for feature in view.features}


def _plain(value: Any) -> Any:
    """Return a value that JSON has: times as text, and nothing where there is no number."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, date) else value


def _moment(value: str | date | datetime) -> str:
    """Return a moment as ISO 8601 in UTC with milliseconds, which sorts as time does."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _features(item: Item | None, views: Sequence[FeatureView], at: str | None) -> dict[str, Any]:
    """Return the features of views from an entity's item; None for what is not known or too old."""
    features: dict[str, Any] = {}
    for view in views:
        stored = (item or {}).get("views", {}).get(view.name)
        alive = stored is not None and _alive(stored[EVENT_TIMESTAMP], view, at)
        values = stored["values"] if stored is not None and alive else {}
        features |= {feature.name: values.get(feature.name) for feature in view.features}
    return features


def _alive(moment: str, view: FeatureView, at: str | None) -> bool:
    """Tell whether features of a moment still count."""
    if at is None or view.time_to_live_days is None:
        return True
    age = datetime.fromisoformat(_moment(at)) - datetime.fromisoformat(moment)
    return age <= timedelta(days=view.time_to_live_days)
