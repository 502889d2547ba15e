"""The number of rows must be like that of former arrivals."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean, stdev
from typing import Literal, Self

from pydantic import Field, model_validator

from penstock.quality.conditions import Cells, Check, Condition
from penstock.quality.context import Context
from penstock.tables import literal

_ENOUGH = 3
"""Arrivals that a standard deviation needs."""


class RowCountHistory(Check):
    """The number of rows is like that of the last accepted arrivals."""

    check: Literal["row_count_history"]
    arrivals: int = Field(default=10, ge=1, le=1_000)
    """How many of the last arrivals count."""
    max_change: float | None = Field(default=None, gt=0)
    """The greatest change from their mean, as a share of it: 0.5 allows half to one and a half times."""
    max_z_score: float | None = Field(default=None, gt=0)
    """The greatest distance from their mean in standard deviations."""

    @model_validator(mode="after")
    def _has_limit(self) -> Self:
        if self.max_change is None and self.max_z_score is None:
            raise ValueError("no max_change or max_z_score")
        return self

    def in_context(self, cells: Cells, context: Context) -> Iterator[Condition]:
        """Turn the history into a range."""
        counts = context.row_counts[-self.arrivals :]
        needed = 1 if self.max_z_score is None else _ENOUGH
        if len(counts) < needed:
            yield self.skip(f"there are {len(counts)} accepted arrivals, and it needs {needed}")
            return
        mean = fmean(counts)
        reach = [] if self.max_change is None else [self.max_change * mean]
        reach += [] if self.max_z_score is None else [self.max_z_score * stdev(counts)]
        low, high = mean - min(reach), mean + min(reach)
        expected = f"{low:,.0f} to {high:,.0f}, as the last {len(counts)} arrivals (mean {mean:,.0f})"
        yield self.of_file(
            passes=f"(count(*) >= {literal(low)} AND count(*) <= {literal(high)})",
            observed="count(*)",
            reason=f"'found ' || count(*) || ' rows' || {literal(', expected ' + expected)}",
        )


RULE = RowCountHistory
