"""Quantiles of a column must lie in ranges."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import (
    ASKED,
    NUMBERS,
    PERSONAL,
    Cells,
    ColumnCheck,
    Condition,
    Range,
    bounds,
    within,
)
from penstock.quality.measures import figure_reason
from penstock.specs.base import ColumnType


class QuantileRange(Range):
    """The range of a quantile."""

    share: float = Field(ge=0, le=1)
    """The share of values that are below it, such as 0.5 for the median."""


class Quantiles(ColumnCheck):
    """Quantiles of a column lie in ranges."""

    types: ClassVar[tuple[ColumnType, ...]] = NUMBERS
    expectation: ClassVar[str] = "expect_column_quantile_values_to_be_between"

    check: Literal["quantiles"]
    quantiles: tuple[QuantileRange, ...] = Field(min_length=1)
    interpolation: Literal["linear", "nearest"] = "linear"
    """What stands between two values: a point on the line, or the nearer one (as great-expectations does)."""

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compute all quantiles of a column."""
        for name in self.looked_at():
            cell = cells[name]
            figures = [self._quantile(cell.typed, one.share) for one in self.quantiles]
            tests = [within(figure, one) for figure, one in zip(figures, self.quantiles, strict=True)]
            shown = PERSONAL if cell.is_secret else f"[{', '.join(figures)}]"
            expected = ", ".join(f"{one.share:g}: {bounds(one)}" for one in self.quantiles)
            yield self.of_file(
                (cell,),
                passes=f"coalesce({' AND '.join(tests)}, FALSE)",
                observed=shown,
                reason=figure_reason(f"column {name}: found quantiles of ", shown, expected),
            )

    def _quantile(self, value: str, share: float) -> str:
        """Return SQL of a quantile."""
        if self.interpolation == "linear":
            return f"quantile_cont({value}, {share!r})"
        return (
            f"(SELECT max(value) FROM (SELECT {value} AS value, "
            f"row_number() OVER (ORDER BY {value}) - 1 AS place, count(*) OVER () AS n "
            f"FROM {ASKED} WHERE {value} IS NOT NULL) AS ordered "
            f"WHERE place = round_even({share!r} * (n - 1), 0))"
        )


RULE = Quantiles
