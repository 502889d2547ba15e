"""What one column tells about another must lie in a range."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.information import mutual_information
from penstock.quality.measures import PairMeasure


class MutualInformation(PairMeasure):
    """The mutual information of two columns, in nats, lies in a range (Deequ's ``hasMutualInformation``)."""

    figure: ClassVar[str] = "a mutual information of"

    check: Literal["mutual_information"]

    def measured(self, first: Cell, second: Cell) -> str:
        """Count the rows of each value, and of each pair."""
        return mutual_information(first.typed, second.typed)


RULE = MutualInformation
