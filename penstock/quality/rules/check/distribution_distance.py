"""The values of a column must be spread like those of the last accepted snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from penstock.quality.conditions import Cell, Cells, ColumnCheck, Condition
from penstock.quality.context import Context
from penstock.quality.distances import Method, bins_of, distance
from penstock.quality.measures import figure_reason
from penstock.tables import literal


class DistributionDistance(ColumnCheck):
    """The values of a column are spread like those of the last accepted snapshot."""

    check: Literal["distribution_distance"]
    method: Method = "psi"
    """Population stability index (0.1 is little, 0.25 much), Kolmogorov-Smirnov, L-infinity, Chi-square,
    Kullback-Leibler or Jensen-Shannon; over the profile's histogram, or its top values and the rest."""
    maximum: float = Field(gt=0)

    def in_context(self, cells: Cells, context: Context) -> Iterator[Condition]:
        """Count the rows of the profile's bins."""
        for name in self.looked_at():
            yield self._compared(cells[name], context)

    def _compared(self, cell: Cell, context: Context) -> Condition:
        """Compare a column with its profile."""
        name = cell.column.name
        if context.profile is None or name not in context.profile:
            return self.skip(f"there is no accepted snapshot with a profile of {name}")
        bins = bins_of(context.profile[name], cell.typed, cell.text)
        if bins is None:
            return self.skip(f"the profile of {name} has neither histogram nor top values")
        if self.method == "kolmogorov_smirnov" and not bins.are_ordered:
            return self.skip(f"{name} has no order, so kolmogorov_smirnov has no meaning; use l_infinity")
        figure = distance(bins, self.method)
        return self.of_file(
            (cell,),
            passes=f"coalesce({figure} <= {literal(self.maximum)}, FALSE)",
            observed=figure,
            reason=figure_reason(f"column {name}: found a distance of ", figure, f"at most {self.maximum:g}"),
        )


RULE = DistributionDistance
