"""The correlation of two columns must lie in a range."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import NUMBERS, Cell
from penstock.quality.measures import PairMeasure
from penstock.specs.base import ColumnType


class Correlation(PairMeasure):
    """Pearson's correlation of two columns lies in a range (Deequ's ``hasCorrelation``)."""

    types: ClassVar[tuple[ColumnType, ...]] = NUMBERS
    figure: ClassVar[str] = "a correlation of"

    check: Literal["correlation"]

    def measured(self, first: Cell, second: Cell) -> str:
        """Aggregate the typed values; without any spread there is no correlation."""
        return f"nullif(corr({first.typed}, {second.typed}), CAST('nan' AS DOUBLE))"


RULE = Correlation
