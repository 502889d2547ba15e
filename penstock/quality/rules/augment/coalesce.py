"""The first value that there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from penstock.quality.conditions import Cells, invalid
from penstock.quality.transformation import Augment
from penstock.specs import Column
from penstock.specs.base import ColumnName, ColumnType


class Coalesce(Augment):
    """Take the first value that there is among several columns of one type."""

    augment: Literal["coalesce"]
    of: tuple[ColumnName, ...] = Field(min_length=2)

    def reads(self) -> tuple[str, ...]:
        """Return the columns in their order."""
        return self.of

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return the columns' type."""
        types = list(dict.fromkeys(columns[name].type for name in self.of))
        if len(types) > 1:
            raise invalid(self, f"columns of types {' and '.join(types)}", expected="columns of one type")
        return types[0]

    def expression(self, cells: Cells) -> str:
        """Take the first."""
        return f"coalesce({', '.join(cells[name].typed for name in self.of)})"


RULE = Coalesce
