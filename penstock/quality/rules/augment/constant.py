"""The same value in every row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from penstock.quality.conditions import Cells
from penstock.quality.transformation import Augment
from penstock.quality.types import typed
from penstock.specs import Column
from penstock.specs.base import ColumnType
from penstock.tables import literal


class Constant(Augment):
    """Put the same value in every row, such as the system that the data come from."""

    augment: Literal["constant"]
    value: str
    type: ColumnType = "string"

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return the declared type."""
        return self.type

    def expression(self, cells: Cells) -> str:
        """Read the value as the type demands."""
        return typed(literal(self.value), self.type)


RULE = Constant
