"""The entropy of a column must lie in a range."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.information import entropy
from penstock.quality.measures import Measure
from penstock.specs.base import ColumnType


class Entropy(Measure):
    """The entropy of a column's values, in nats, lies in a range (Deequ's ``hasEntropy``)."""

    types: ClassVar[tuple[ColumnType, ...]] = ()
    figure: ClassVar[str] = "an entropy of"

    check: Literal["entropy"]

    def measured(self, cell: Cell) -> str:
        """Count the rows of each value."""
        return entropy(cell.typed)


RULE = Entropy
