"""Several columns as one text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from penstock.quality.conditions import Cells
from penstock.quality.transformation import Augment
from penstock.specs import Column
from penstock.specs.base import ColumnName, ColumnType
from penstock.tables import literal


class Concat(Augment):
    """Put the texts of several columns together; missing ones are left out, with their separator."""

    augment: Literal["concat"]
    of: tuple[ColumnName, ...] = Field(min_length=1)
    separator: str = " "

    def reads(self) -> tuple[str, ...]:
        """Return the columns in their order."""
        return self.of

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return string."""
        return "string"

    def expression(self, cells: Cells) -> str:
        """Join what is there; nothing when nothing is."""
        texts = ", ".join(cells[name].text for name in self.of)
        return (
            f"CASE WHEN coalesce({texts}) IS NOT NULL THEN concat_ws({literal(self.separator)}, {texts}) END"
        )


RULE = Concat
