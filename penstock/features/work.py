"""What a features job is asked to do: the contract between the steps that plan and the job."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.features.materialisations import ViewPlace, Writing
from penstock.specs import FeatureView
from penstock.specs.base import ColumnType


class ViewWork(BaseModel):
    """One version of a view to write.

    Attributes
    ----------
    mode
        ``refresh`` writes what differs from the base. ``renew`` writes everything anew, because rows were
        removed for good: no file of before counts any more. ``part`` writes a range of event times of a
        backfill, ``close`` ends one.
    purged
        With ``renew``: whether what was written before goes for good, as the removed rows did.
    types
        Of the features.
    arrivals
        Those whose entities are computed; None for all.
    since, until
        Event times of a part, ISO 8601 in UTC, the end excluded; None is open.
    part
        The number of the part.
    parts
        How many a backfill has.
    """

    model_config = ConfigDict(frozen=True)

    view: FeatureView
    types: dict[str, ColumnType]
    writing: Writing
    mode: Literal["refresh", "renew", "part", "close"] = "refresh"
    purged: bool = False
    arrivals: tuple[str, ...] | None = None
    since: str | None = None
    until: str | None = None
    part: int = 0
    parts: int = 0


class FeatureWork(BaseModel):
    """All that one job writes.

    Attributes
    ----------
    columns
        Of the dataset's curated rows, with their types.
    views
        Of the dataset.
    erased
        Keyed hashes of the entities that were erased, by the entity's name.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    dataset: str
    columns: dict[str, ColumnType] = {}
    views: tuple[ViewWork, ...]
    erased: dict[str, tuple[str, ...]] = {}

    def place(self, work: ViewWork) -> ViewPlace:
        """Return where a view's records and objects are."""
        return ViewPlace(self.use_case, work.view.name, work.view.version)
