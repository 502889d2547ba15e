"""What is known of the values: statistics of each materialisation, and how fresh they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import Conflict
from penstock.specs.features import FeatureView
from penstock.stores import Item, ItemStore

_TOGETHER = 200
"""Features whose statistics stand in one item: far below the 400 kB that DynamoDB allows."""
_RATE = re.compile(r"rate\(([0-9]+) (minute|hour|day)s?\)")
_ALLOWED = 2


class Observation(BaseModel):
    """One materialisation of a view.

    Attributes
    ----------
    at
        When it was recorded.
    newest_event
        The latest ``event_timestamp``; None when the view has no row.
    features
        Of how many there are statistics.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    view: str
    version: int
    snapshot_id: str
    write_time: str
    at: str
    rows: int
    entities: int
    newest_event: str | None = None
    features: int = 0


class Freshness(BaseModel):
    """How fresh a view is.

    Attributes
    ----------
    age_seconds
        Of its newest event; None when it has none.
    why
        What makes it stale; empty when it is not.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    view: str
    version: int
    snapshot_id: str = ""
    materialised_at: str = ""
    newest_event: str | None = None
    age_seconds: int | None = None
    rows: int = 0
    entities: int = 0
    why: tuple[str, ...] = ()

    @property
    def stale(self) -> bool:
        """Whether its values are older than they should be."""
        return bool(self.why)


class Observations:
    """The materialisations of all views, on the features table."""

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def record(self, one: Observation, statistics: Mapping[str, Mapping[str, Any]]) -> Observation:
        """Store a materialisation, its statistics first; the first record of it counts."""
        for number, part in enumerate(_parts(statistics)):
            item = {"pk": _values(one), "sk": f"{number:06d}", "statistics": part}
            with suppress(Conflict):
                self._items.put(item, expect=0)
        facts = one.model_dump(mode="json")
        with suppress(Conflict):
            self._items.put(
                {"pk": _pk(one.use_case, one.view, one.version), "sk": _sk(one), **facts}, expect=0
            )
            return one
        known = self._items.get(_pk(one.use_case, one.view, one.version), _sk(one))
        return _observation(known) if known else one

    def newest(self, use_case: str, view: str, version: int) -> Observation | None:
        """Return the newest materialisation, or None."""
        return next(iter(self.all(use_case, view, version, limit=1)), None)

    def all(self, use_case: str, view: str, version: int, *, limit: int) -> list[Observation]:
        """Return the materialisations of a view, the newest first."""
        found = self._items.query(_pk(use_case, view, version), newest_first=True, limit=limit)
        return [_observation(item) for item in found]

    def statistics(self, one: Observation) -> dict[str, dict[str, Any]]:
        """Return the statistics of each feature."""
        parts = (item["statistics"] for item in self._items.query(_values(one)))
        return {name: dict(found) for part in parts for name, found in part.items()}

    def freshness(self, use_case: str, view: FeatureView, *, now: str, newest_snapshot: str) -> Freshness:
        """Say how fresh a view is."""
        found = self.newest(use_case, view.name, view.version)
        about = {"use_case": use_case, "view": view.name, "version": view.version}
        if found is None:
            return Freshness(**about, why=("it was never materialised",))
        age = _moment(now) - _moment(found.newest_event) if found.newest_event else None
        return Freshness(
            **about,
            snapshot_id=found.snapshot_id,
            materialised_at=found.at,
            newest_event=found.newest_event,
            age_seconds=int(age.total_seconds()) if age is not None else None,
            rows=found.rows,
            entities=found.entities,
            why=tuple(_stale(view, found, age, now=now, newest_snapshot=newest_snapshot)),
        )


def _stale(
    view: FeatureView, found: Observation, age: timedelta | None, *, now: str, newest_snapshot: str
) -> Iterator[str]:
    """Yield why a view is staler than it should be."""
    if view.time_to_live_days and age is not None and age > timedelta(days=view.time_to_live_days):
        yield f"its newest event is {age.days} days old, and its values live {view.time_to_live_days}"
    if newest_snapshot and newest_snapshot != found.snapshot_id:
        yield f"snapshot {newest_snapshot} of its dataset is not in it"
    period = _period(view)
    since = _moment(now) - _moment(found.at)
    if period and since > _ALLOWED * period:
        yield f"it was materialised {_words(since)} ago, and should be every {_words(period)}"


def _period(view: FeatureView) -> timedelta | None:
    """Return how often a view is refreshed, as far as its schedule says it plainly."""
    rate = _RATE.fullmatch(view.refresh.expression or "")
    return timedelta(**{f"{rate[2]}s": int(rate[1])}) if rate else None


def _words(length: timedelta) -> str:
    hours = length.total_seconds() / 3_600
    return f"{hours:,.1f} hours" if hours < 48 else f"{length.days:,} days"  # noqa: PLR2004


def _moment(text: str) -> datetime:
    """Read a time; one without an offset is in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parts(statistics: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, dict[str, Any]]]:
    """Yield the statistics in pieces that fit into items."""
    ahead = iter(statistics.items())
    while together := {name: dict(found) for name, found in islice(ahead, _TOGETHER)}:
        yield together


def _pk(use_case: str, view: str, version: int) -> str:
    return f"observed#{use_case}/{view}/{version:08d}"


def _sk(one: Observation) -> str:
    return f"{one.write_time}#{one.snapshot_id}"


def _values(one: Observation) -> str:
    return f"{_pk(one.use_case, one.view, one.version)}#{_sk(one)}"


def _observation(item: Item) -> Observation:
    return Observation.model_validate({key: item[key] for key in Observation.model_fields if key in item})
