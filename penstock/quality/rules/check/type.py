"""A text must be written as a value of a type, though it stays text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cells, ColumnCheck, Condition, every, found
from penstock.quality.types import typed
from penstock.specs.base import ColumnType


class Type(ColumnCheck):
    """A text is written as a value of a type."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    check: Literal["type"]
    values: tuple[ColumnType, ...] = Field(min_length=1)

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Try every type."""
        columns = self.looked_at()

        def fits(text: str) -> str:
            return " OR ".join(f"{typed(text, kind)} IS NOT NULL" for kind in self.values)

        yield self.of_rows(
            cells,
            passes=every(cells, columns, lambda cell: f"({cell.text} IS NULL OR {fits(cell.text)})"),
            reason=found(cells, columns, " or ".join(self.values)),
        )


RULE = Type
