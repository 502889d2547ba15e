"""A number's range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from penstock.quality.conditions import Cells
from penstock.quality.transformation import Augment, demand_type
from penstock.specs import Column
from penstock.specs.base import ColumnName, ColumnType
from penstock.tables import literal


class Bins(Augment):
    """Name the range that a number lies in; a range holds its lower end and not its upper one."""

    augment: Literal["bins"]
    of: ColumnName
    edges: tuple[float, ...] = Field(min_length=1, max_length=200)
    """Where ranges meet, in ascending order."""
    labels: tuple[str, ...] = ()
    """Names of the ranges, one more than edges; made from the edges when absent, such as ``10 to 20``."""

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if sorted(set(self.edges)) != list(self.edges):
            raise ValueError("the edges do not ascend")
        if self.labels and len(self.labels) != len(self.edges) + 1:
            raise ValueError(f"{len(self.edges)} edges need {len(self.edges) + 1} labels")
        return self

    def reads(self) -> tuple[str, ...]:
        """Return the number's column."""
        return (self.of,)

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return string; only numbers have ranges."""
        demand_type(self, columns, "integer", "decimal")
        return "string"

    def expression(self, cells: Cells) -> str:
        """Compare with the edges from below."""
        value, labels = cells[self.of].typed, self.labels or self._made_labels()
        cases = " ".join(
            f"WHEN {value} < {literal(edge)} THEN {literal(label)}"
            for edge, label in zip(self.edges, labels, strict=False)
        )
        return f"CASE {cases} WHEN {value} IS NOT NULL THEN {literal(labels[-1])} END"

    def _made_labels(self) -> list[str]:
        """Return names of the ranges."""
        middle = [f"{low:g} to {high:g}" for low, high in zip(self.edges, self.edges[1:], strict=False)]
        return [f"below {self.edges[0]:g}", *middle, f"{self.edges[-1]:g} and above"]


RULE = Bins
