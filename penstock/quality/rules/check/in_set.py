"""A value must be one of a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cell, Cells, ColumnCheck, Condition, every, found, invalid
from penstock.specs.base import ColumnType
from penstock.tables import literal

_WORDS = 12
"""How many of the allowed values a reason lists."""


class InSet(ColumnCheck):
    """A value is one of a list."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string", "integer", "decimal", "boolean", "date")

    check: Literal["in_set"]
    values: tuple[str, ...] = Field(min_length=1)

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Compare in the column's own type, so that 1 and 1.0 are the same decimal."""
        columns = self.looked_at()
        shown = ", ".join(self.values[:_WORDS]) + (", …" if len(self.values) > _WORDS else "")
        yield self.of_rows(
            cells,
            passes=every(cells, columns, lambda cell: f"{cell.typed} IN ({self._members(cell)})"),
            reason=found(cells, columns, f"one of {shown}"),
        )

    def _members(self, cell: Cell) -> str:
        """Return the allowed values as a list of SQL literals of the column's type."""
        return ", ".join(self._member(value, cell) for value in self.values)

    def _member(self, value: str, cell: Cell) -> str:
        """Return one allowed value as a literal of the column's type."""
        kind = cell.column.type
        try:
            if kind == "integer":
                return literal(int(value))
            if kind == "decimal":
                return literal(float(value))
        except ValueError as error:
            raise invalid(self, f"value {value!r}", expected=f"values of type {kind}") from error
        if kind == "boolean":
            return literal(value.lower() == "true")
        return literal(value) if kind == "string" else f"{literal(value)}::{kind}"


RULE = InSet
