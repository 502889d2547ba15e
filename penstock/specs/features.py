"""Features: what describes an entity at a moment, defined once for training and serving."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from penstock.specs.base import ColumnName, ColumnType, Name, Spec

Aggregate = Literal[
    "count",
    "distinct",
    "mean",
    "sum",
    "minimum",
    "maximum",
    "deviation",
    "first",
    "latest",
    "share_above",
]
Sensitivity = Literal["none", "personal", "special"]
Span = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5} (minute|hour|day)s?$")]
"""A length of time, such as ``30 days`` or ``6 hours``."""

RESERVED = frozenset(
    {"event_timestamp", "write_time", "api_invocation_time", "is_deleted", "year", "month", "day", "hour"}
)
"""Columns of the offline store, which no feature may be named after."""


def span(text: Span) -> timedelta:
    """Return a span of time.

    Examples
    --------
    >>> span("36 hours")
    datetime.timedelta(days=1, seconds=43200)
    """
    number, unit = text.split(" ")
    return timedelta(**{f"{unit.removesuffix('s')}s": int(number)})


class Entity(Spec):
    """Something that features describe, known by a key column."""

    name: Name
    key: ColumnName
    type: Literal["string", "integer"] = "string"
    meaning: str = ""


class Deprecation(Spec):
    """Why a view, a feature or a service should not be used any more."""

    since: date
    reason: str
    replaced_by: Name | None = None


class Feature(Spec):
    """One value of an entity at a moment: an aggregate of its rows so far, or of its newest row alone.

    Examples
    --------
    >>> feature = Feature(name="spent", aggregate="sum", of="amount", window="90 days")
    >>> feature.known_type
    'decimal'
    """

    name: Name
    aggregate: Aggregate | None = None
    """None for the newest row's value of ``expression``."""
    of: ColumnName | None = None
    """The column that is aggregated; a null in it does not count."""
    expression: str | None = None
    """SQL over the columns of a row, in place of ``of``."""
    threshold: float | None = None
    where: str | None = None
    """SQL that says which rows count; those for which it is null or false do not."""
    window: Span | None = None
    """How far back rows count, from the moment on: a row exactly so old does not; None for all."""
    type: ColumnType | None = None
    """Needed with ``expression`` unless the aggregate says it."""
    meaning: str = ""
    unit: str = ""
    sensitivity: Sensitivity | None = None
    """That of the most sensitive column that it reads, unless declared; only some aggregates may be lower."""
    tags: tuple[str, ...] = ()
    deprecated: Deprecation | None = None

    @property
    def known_type(self) -> ColumnType | None:
        """The type as far as the definition alone says it; None when it is the type of column ``of``."""
        if self.type is not None:
            return self.type
        if self.aggregate in {"count", "distinct"}:
            return "integer"
        return "decimal" if self.aggregate in {"mean", "sum", "deviation", "share_above"} else None

    @model_validator(mode="after")
    def _complete(self) -> Feature:
        if self.name in RESERVED:
            raise ValueError(f"{self.name!r} is a column of the offline store: choose another name")
        if self.of is not None and self.expression is not None:
            raise ValueError("give 'of' or 'expression', not both")
        if self.aggregate is None and self.expression is None:
            raise ValueError("a feature needs an 'aggregate' or an 'expression'")
        if self.aggregate not in {None, "count"} and self.of is None and self.expression is None:
            raise ValueError(
                f"aggregate {self.aggregate!r} needs 'of', the column that it aggregates, or 'expression'"
            )
        if (self.aggregate == "share_above") != (self.threshold is not None):
            raise ValueError("'threshold' belongs to aggregate 'share_above', and is needed there")
        if self.aggregate is None and self.window is not None:
            raise ValueError("'window' belongs to an aggregate")
        if self.expression is not None and self.known_type is None:
            raise ValueError("a feature of an expression needs its 'type'")
        if self.aggregate is not None and self.type is not None and self.expression is None:
            raise ValueError("'type' belongs to an expression: an aggregate of a column has its own")
        return self


class Refresh(Spec):
    """When a view is materialised: after each accepted arrival of its dataset, or at set times."""

    kind: Literal["arrival", "schedule"] = "arrival"
    expression: str | None = None
    """``schedule``: an EventBridge Scheduler expression, such as ``cron(0 6 * * ? *)``."""

    @model_validator(mode="after")
    def _complete(self) -> Refresh:
        if (self.kind == "schedule") != (self.expression is not None):
            raise ValueError("a scheduled refresh, and no other, needs an expression")
        return self


class FeatureView(Spec):
    """A group of features of one entity from one dataset.

    ``timestamp`` is the column that says when a row became known: a row counts for a prediction at time *t*
    only if its timestamp is before *t* (or at it, if ``inclusive``).
    """

    name: Name
    version: int = Field(default=1, ge=1, le=9_999)
    """A live view's computation changes only together with its version."""
    entity: Entity
    """In ``features.yaml`` also the name of one of its ``entities``."""
    dataset: Name
    where: str | None = None
    """SQL that says which rows of the dataset count for all features."""
    timestamp: ColumnName
    delay: Span | None = None
    """How long after its timestamp a row is really known; the features of training wait as long."""
    inclusive: bool = False
    time_to_live_days: int | None = Field(default=None, ge=1)
    online: bool = True
    """Whether the newest features of each entity are kept for serving."""
    partition: Literal["year", "month", "day", "hour"] = "month"
    """How finely the offline store is partitioned by event time."""
    refresh: Refresh = Refresh()
    owner: str = ""
    meaning: str = ""
    tags: tuple[str, ...] = ()
    deprecated: Deprecation | None = None
    features: tuple[Feature, ...] = Field(min_length=1, max_length=2_000)

    @model_validator(mode="after")
    def _distinct(self) -> FeatureView:
        names = [feature.name for feature in self.features]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"features are named twice: {', '.join(twice)}")
        if self.entity.key.lower() in {*(name.lower() for name in names), *RESERVED}:
            raise ValueError(f"the entity's key {self.entity.key!r} cannot have the name of another column")
        return self


class OnDemandFeature(Spec):
    """A feature computed at request time, from columns of the request and from other features."""

    name: Name
    expression: str
    """SQL over columns of the row, features, and on-demand features that are declared before."""
    type: ColumnType
    meaning: str = ""
    unit: str = ""
    sensitivity: Sensitivity | None = None
    """That of the most sensitive of what it reads, unless declared higher."""
    tags: tuple[str, ...] = ()
    deprecated: Deprecation | None = None


class ServiceView(Spec):
    """What a feature service takes of a view."""

    view: Name
    features: tuple[Name, ...] | None = Field(default=None, min_length=1)
    """None for all."""


class FeatureService(Spec):
    """The set of features that a model uses.

    Examples
    --------
    >>> FeatureService(name="collections", views=["customer_history"]).views[0].view
    'customer_history'
    """

    name: Name
    views: tuple[ServiceView, ...] = Field(min_length=1)
    """Each a name, or a view with some of its features."""
    on_demand: tuple[Name, ...] = ()
    owner: str = ""
    meaning: str = ""
    tags: tuple[str, ...] = ()
    deprecated: Deprecation | None = None

    @field_validator("views", mode="before")
    @classmethod
    def _named(cls, views: Any) -> Any:
        """Take a view's bare name as all of it."""
        if not isinstance(views, (list, tuple)):
            return views
        return [{"view": view} if isinstance(view, str) else view for view in views]
