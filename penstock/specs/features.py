"""Feature views: aggregates of an entity's history, defined once for training and serving."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from penstock.specs.base import ColumnName, Name, Spec


class Entity(Spec):
    """Something that features describe, known by a key column."""

    name: Name
    key: ColumnName


class Feature(Spec):
    """One aggregate over all rows of an entity that were known at a moment."""

    name: Name
    aggregate: Literal["count", "mean", "sum", "minimum", "maximum", "share_above"]
    of: ColumnName | None = None
    threshold: float | None = None
    meaning: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Feature:
        if self.aggregate != "count" and self.of is None:
            raise ValueError(f"aggregate {self.aggregate!r} needs 'of', the column that it aggregates")
        if (self.aggregate == "share_above") != (self.threshold is not None):
            raise ValueError("'threshold' belongs to aggregate 'share_above', and is needed there")
        return self


class FeatureView(Spec):
    """A group of features of one entity from one dataset.

    ``timestamp`` is the column that says when a row became known: a row counts for a
    prediction at time *t* only if its timestamp is before *t*.
    """

    name: Name
    entity: Entity
    dataset: Name
    timestamp: ColumnName
    time_to_live_days: int | None = Field(default=None, ge=1)
    features: tuple[Feature, ...] = Field(min_length=1)
