"""A text found in a table by another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from penstock.quality.conditions import Cells
from penstock.quality.lookup import looked_up
from penstock.quality.transformation import Augment
from penstock.specs import Column
from penstock.specs.base import ColumnName, ColumnType
from penstock.tables import literal


class Lookup(Augment):
    """Look a text up in a table that the rule holds; see the rule ``enrich: table`` for several columns."""

    augment: Literal["lookup"]
    of: ColumnName
    values: dict[str, str] = Field(min_length=1, max_length=10_000)
    otherwise: str | None = None
    """For texts that the table has not; null has no value in any case."""

    def reads(self) -> tuple[str, ...]:
        """Return the text's column."""
        return (self.of,)

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return string."""
        return "string"

    def expression(self, cells: Cells) -> str:
        """Look it up."""
        text = cells[self.of].text
        found = looked_up(text, self.values, otherwise=literal(self.otherwise))
        return f"CASE WHEN {text} IS NOT NULL THEN {found} END"


RULE = Lookup
