"""The values of a column must be spread as a rule says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from penstock.quality.conditions import Cell, Cells, ColumnCheck, Condition, invalid
from penstock.quality.distances import Bins, distance, ranges
from penstock.quality.measures import figure_reason
from penstock.quality.members import Text, member
from penstock.tables import literal

_WHOLE = 1e-6


class KlDivergence(ColumnCheck):
    """The Kullback-Leibler divergence of a column from given shares is small."""

    expectation: ClassVar[str] = "expect_column_kl_divergence_to_be_less_than"

    check: Literal["kl_divergence"]
    values: tuple[Text, ...] = ()
    """Values, each with its share; other values count as a bin of share 0.0001."""
    edges: tuple[float, ...] = ()
    """Or ends of ranges of numbers, in order; the first and last range have no end."""
    weights: tuple[float, ...] = Field(min_length=1)
    """The share of each value or range; together 1."""
    maximum: float = Field(gt=0)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if bool(self.values) == bool(self.edges):
            raise ValueError("name either values or edges")
        if len(self.weights) != (len(self.values) or len(self.edges) - 1):
            raise ValueError("there must be a weight for each value, or for each range between edges")
        if abs(sum(self.weights) - 1) > _WHOLE or min(self.weights) < 0:
            raise ValueError("the weights must be shares that add up to 1")
        if any(high <= low for low, high in pairwise(self.edges)):
            raise ValueError("the edges must ascend")
        return self

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Count the rows of each bin."""
        for name in self.looked_at():
            figure = distance(self._bins(cells[name]), "kl")
            yield self.of_file(
                (cells[name],),
                passes=f"coalesce({figure} <= {literal(self.maximum)}, FALSE)",
                observed=figure,
                reason=figure_reason(
                    f"column {name}: found a divergence of ", figure, f"at most {self.maximum:g}"
                ),
            )

    def _bins(self, cell: Cell) -> Bins:
        """Return the bins that the rule describes."""
        if self.edges:
            if cell.column.type not in {"integer", "decimal"}:
                raise invalid(
                    self, f"{cell.column.name} of type {cell.column.type}", expected="integer or decimal"
                )
            return Bins(ranges(cell.typed, self.edges[1:-1]), self.weights, are_ordered=True)
        members = [member(self, value, cell) for value in self.values]
        tests = [f"{cell.typed} = {one}" for one in members]
        return Bins(
            (*tests, f"{cell.typed} NOT IN ({', '.join(members)})"), (*self.weights, 0.0), are_ordered=False
        )


RULE = KlDivergence
