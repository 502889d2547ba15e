"""A number's range in place of the number."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from penstock.quality.conditions import Cell
from penstock.quality.transformation import Comply, only_typed
from penstock.specs.base import ColumnType
from penstock.tables import literal


class GeneraliseNumber(Comply):
    """Put a range of equal width in a number's place: ``30-39`` for an age of 34 when the width is 10.

    Whole numbers alone: a range such as ``30-39`` holds both ends. Extremes give people away, so what is
    below ``lowest`` or above ``highest`` is told no closer.
    """

    types: ClassVar[tuple[ColumnType, ...]] = ("integer", "decimal")

    comply: Literal["generalise_number"]
    width: int = Field(ge=2)
    lowest: int | None = None
    highest: int | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.lowest is not None and self.highest is not None and self.lowest >= self.highest:
            raise ValueError("lowest is not below highest")
        return self

    def protected(self, cell: Cell) -> str:
        """Name the range by its ends."""
        low = f"CAST(floor({cell.typed} / {literal(float(self.width))}) AS HUGEINT) * {self.width}"
        cases = []
        if self.lowest is not None:
            cases.append(f"WHEN {cell.typed} < {self.lowest} THEN {literal(f'below {self.lowest}')}")
        if self.highest is not None:
            cases.append(f"WHEN {cell.typed} > {self.highest} THEN {literal(f'above {self.highest}')}")
        spread = f"CAST({low} AS VARCHAR) || '-' || CAST({low} + {self.width - 1} AS VARCHAR)"
        far = f"WHEN abs({cell.typed}) > 1e18 THEN '(protected)'"
        return f"CASE {' '.join(cases)} {far} ELSE {spread} END"

    def protected_text(self, cell: Cell) -> str:
        """Name the range of what is a number."""
        return only_typed(self.protected(cell), cell)


RULE = GeneraliseNumber
