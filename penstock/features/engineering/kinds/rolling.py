"""Aggregates of an entity's rows over sliding windows: entries of a feature view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import NUMBERS, Made, Step
from penstock.features.engineering.writing import named
from penstock.specs.features import Aggregate, Feature, Span

_OF_ALL = frozenset({"count"})
_OF_ANYTHING = frozenset({"distinct", "first", "latest", "minimum", "maximum"})
_TOLD = {"share_above": "Share above", "deviation": "Deviation of", "distinct": "Distinct values of"}


class Rolling(Step):
    """Aggregates of columns over windows of 7, 30 and 90 days (or others): counts, means, sums, shares."""

    engineer: Literal["rolling"] = "rolling"
    of: tuple[str, ...] = ()
    """Columns of the view's dataset; none for a count of rows alone."""
    windows: tuple[Span, ...] = ("7 days", "30 days", "90 days")
    aggregates: tuple[Aggregate, ...] = ("count", "mean", "sum")
    threshold: float = 0.0
    """Of ``share_above``."""
    where: str | None = None
    """SQL that says which rows count."""

    def makes(self, source: Source) -> Iterator[Made]:
        """Yield a feature of the view for each aggregate, column and window."""
        if self.view is None:
            raise self.wrong(
                "Rolling aggregates belong to a view.", found="no 'view'", expected="a view's name"
            )
        for aggregate in self.aggregates:
            for of in (None,) if aggregate in _OF_ALL else self.of:
                self._check(aggregate, of, source)
                yield from (self._feature(aggregate, of, window) for window in self.windows)

    def _check(self, aggregate: str, of: str | None, source: Source) -> None:
        """Refuse the mean or sum of what is no number."""
        if of is not None and (kind := source.type(of)) not in NUMBERS and aggregate not in _OF_ANYTHING:
            raise self.wrong(
                "The aggregate is of numbers.", found=f"{aggregate} of {of} ({kind})", expected="a number"
            )

    def _feature(self, aggregate: Aggregate, of: str | None, window: Span) -> Made:
        """Return one feature."""
        span = window.replace(" ", "_")
        parts = [part for part in (self.name, of, aggregate) if part] if of else [self.name or "rows"]
        fields: dict[str, Any] = {
            "name": named(*parts, span), "aggregate": aggregate, "of": of, "window": window,
            "where": self.where, "sensitivity": self.sensitivity,
            "meaning": self._meaning(aggregate, of, window),
        }  # fmt: skip
        if aggregate == "share_above":
            fields["threshold"] = self.threshold
        return Made(Feature(**fields), self.view)

    def _meaning(self, aggregate: str, of: str | None, window: Span) -> str:
        what = "Rows" if of is None else f"{_TOLD.get(aggregate, f'{aggregate.capitalize()} of')} {of}"
        limit = f" {self.threshold:g}" if aggregate == "share_above" else ""
        what = f"Share of {of} above{limit}" if aggregate == "share_above" else what
        return f"{what} in the last {window}"


STEP = Rolling
