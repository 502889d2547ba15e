"""A number must not lie far from the others."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import ASKED, NUMBERS, Cell, ValueCheck
from penstock.specs.base import ColumnType
from penstock.tables import literal


class NotOutlier(ValueCheck):
    """A number lies within Tukey's fences, or near the mean."""

    types: ClassVar[tuple[ColumnType, ...]] = NUMBERS
    expectation: ClassVar[str] = "expect_column_values_to_not_be_outliers"

    check: Literal["not_outlier"]
    method: Literal["iqr", "std"] = "iqr"
    """``iqr``: at most multiplier times the interquartile range outside the quartiles; ``std``: less than
    multiplier standard deviations from the mean."""
    multiplier: float = Field(default=1.5, gt=0)

    def passes(self, cell: Cell) -> str:
        """Compare with figures of the whole column."""
        return self._fences(cell.typed) if self.method == "iqr" else self._near_mean(cell.typed)

    def _fences(self, value: str) -> str:
        """Return SQL that holds on and within the fences."""
        low, high = (f"(SELECT quantile_cont({value}, {share}) FROM {ASKED})" for share in (0.25, 0.75))
        reach = f"{literal(self.multiplier)} * ({high} - {low})"
        return f"({value} >= {low} - {reach} AND {value} <= {high} + {reach})"

    def _near_mean(self, value: str) -> str:
        """Return SQL that holds near the mean; where all numbers are the same, none is far."""
        mean = f"(SELECT avg({value}) FROM {ASKED})"
        reach = f"{literal(self.multiplier)} * (SELECT stddev_samp({value}) FROM {ASKED})"
        return f"(abs({value} - {mean}) < {reach} OR {value} = {mean})"

    def expected(self) -> str:
        """Say it in words."""
        unit = (
            "interquartile ranges of the quartiles"
            if self.method == "iqr"
            else "standard deviations of the mean"
        )
        return f"within {self.multiplier:g} {unit}"


RULE = NotOutlier
