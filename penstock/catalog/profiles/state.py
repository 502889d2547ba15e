"""What is known of a column in a form that can be merged."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from penstock.catalog.profiles.document import Unique
from penstock.errors import SchemaMismatch
from penstock.sketches import Bins, Distinct, Frequent, Moments, Sketch
from penstock.sketches.distinct import STANDARD_ERROR
from penstock.specs.base import ColumnType

TOP, PATTERNS = 256, 64
QUANTILE_SIZE = 1024.0
_SURE = 3.0
_ADDED = ("rows", "nulls", "infinite", "zeros", "negatives")
_PLAIN = ("type", "shown", *_ADDED, "unique", "minimum", "maximum", "shortest", "longest")
_NONE, _EMPTY = Moments(), Sketch((), size=QUANTILE_SIZE)
_NO_VALUES, _NO_PATTERNS = Frequent(size=TOP), Frequent(size=PATTERNS)
T = TypeVar("T")


@dataclass(frozen=True)
class ColumnState:
    """Counts, extremes and sketches of some rows of a column.

    Dates are days and times microseconds since 1970; texts are cut (:data:`~.texts.SHOWN`).
    """

    type: ColumnType
    shown: bool = True
    rows: int = 0
    nulls: int = 0
    infinite: int = 0
    zeros: int = 0
    negatives: int = 0
    unique: Unique = "yes"
    minimum: Any = None
    maximum: Any = None
    shortest: int | None = None
    longest: int | None = None
    distinct: Distinct = field(default_factory=Distinct.empty)
    moments: Moments = _NONE
    lengths: Moments = _NONE
    quantiles: Sketch = _EMPTY
    bins: Bins | None = None
    frequent: Frequent = _NO_VALUES
    patterns: Frequent = _NO_PATTERNS

    @property
    def present(self) -> int:
        """Number of usable values."""
        return self.rows - self.nulls - self.infinite

    def merge(self, other: ColumnState) -> ColumnState:
        """Return the state of both sides' rows."""
        mine, theirs = vars(self), vars(other)
        merged = replace(
            self,
            type=_wider(self.type, other.type),
            shown=self.shown and other.shown,
            **{name: mine[name] + theirs[name] for name in _ADDED},
            minimum=_better(self.minimum, other.minimum, operator.lt),
            maximum=_better(self.maximum, other.maximum, operator.gt),
            shortest=_better(self.shortest, other.shortest, operator.lt),
            longest=_better(self.longest, other.longest, operator.gt),
            distinct=self.distinct.merge(other.distinct),
            moments=self.moments.merge(other.moments),
            lengths=self.lengths.merge(other.lengths),
            quantiles=self.quantiles.merge(other.quantiles),
            bins=self.bins.merge(other.bins) if self.bins else other.bins,
            frequent=self.frequent.merge(other.frequent),
            patterns=self.patterns.merge(other.patterns),
        )
        merged = replace(merged, unique=_unique(self, other, merged))
        return merged if merged.shown else merged.hidden()

    def hidden(self) -> ColumnState:
        """Return the state without anything that tells a value."""
        plain = {name: getattr(self, name) for name in ("type", "rows", "nulls", "unique", "distinct")}
        return ColumnState(**plain, shown=False)

    def document(self) -> dict[str, Any]:
        """Return the state for JSON."""
        found = {name: getattr(self, name) for name in _PLAIN} | {"distinct": self.distinct.document()}
        if self.shown:
            found |= {
                "moments": self.moments.document(),
                "lengths": self.lengths.document(),
                "quantiles": self.quantiles.packed(),
                "bins": self.bins.document() if self.bins else None,
                "frequent": self.frequent.document(),
                "patterns": self.patterns.document(),
            }
        return found

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> ColumnState:
        """Read what :meth:`document` wrote."""
        plain = {name: document[name] for name in _PLAIN}
        distinct = Distinct.read(document["distinct"])
        if not document["shown"]:
            return cls(**plain, distinct=distinct)
        return cls(
            **plain,
            distinct=distinct,
            moments=Moments.read(document["moments"]),
            lengths=Moments.read(document["lengths"]),
            quantiles=Sketch.unpacked(document["quantiles"]),
            bins=Bins.read(document["bins"]) if document["bins"] else None,
            frequent=Frequent.read(document["frequent"]),
            patterns=Frequent.read(document["patterns"]),
        )


def _wider(one: ColumnType, other: ColumnType) -> ColumnType:
    """Return the type that holds both sides' values."""
    if one == other:
        return one
    if {one, other} == {"integer", "decimal"}:
        return "decimal"
    raise SchemaMismatch(
        "Profiles of columns of different types cannot be merged.",
        found=other,
        expected=one,
        action="Profile the files again, with one contract.",
    )


def _better(one: T | None, other: T | None, compare: Callable[[Any, Any], bool]) -> T | None:
    """Return the better one of two values that may be missing."""
    if one is None or other is None:
        return other if one is None else one
    return one if compare(one, other) else other


def _unique(one: ColumnState, other: ColumnState, merged: ColumnState) -> Unique:
    """Say whether no value stands twice, by disjoint ranges or by estimate."""
    sides: tuple[Literal["yes", "likely", "no"], ...] = (one.unique, other.unique)
    if "no" in sides:
        return "no"
    if not one.present or not other.present:
        return "likely" if "likely" in sides else "yes"
    if one.minimum is not None and (one.maximum < other.minimum or other.maximum < one.minimum):
        return "likely" if "likely" in sides else "yes"
    enough = merged.distinct.estimate() >= merged.present * (1 - _SURE * STANDARD_ERROR)
    return "likely" if enough else "no"
