"""A number must not be many standard deviations from the mean."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import ASKED, NUMBERS, Cell, ValueCheck
from penstock.specs.base import ColumnType
from penstock.tables import literal


class ZScore(ValueCheck):
    """A number is less than so many standard deviations from the mean of its column."""

    types: ClassVar[tuple[ColumnType, ...]] = NUMBERS
    expectation: ClassVar[str] = "expect_column_value_z_scores_to_be_less_than"

    check: Literal["z_score"]
    threshold: float = Field(gt=0)
    double_sided: bool = True
    """Whether numbers far below the mean are outliers too."""

    def passes(self, cell: Cell) -> str:
        """Compare with mean and deviation of the whole column; without a deviation all pass."""
        value = cell.typed
        mean = f"(SELECT avg({value}) FROM {ASKED})"
        deviation = f"(SELECT nullif(stddev_samp({value}), 0) FROM {ASKED})"
        score = f"({value} - {mean}) / {deviation}"
        return f"{f'abs({score})' if self.double_sided else score} < {literal(self.threshold)}"

    def expected(self) -> str:
        """Say it in words."""
        return f"less than {self.threshold:g} standard deviations from the mean"


RULE = ZScore
