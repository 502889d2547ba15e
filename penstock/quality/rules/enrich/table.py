"""Columns of a small table that the rule holds."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from penstock.quality.transformation import Enrich
from penstock.specs.base import ColumnName
from penstock.tables import literal, quoted


class Table(Enrich):
    """Take columns from the row with the same key in a table that is written in the contract."""

    enrich: Literal["table"]
    rows: tuple[dict[ColumnName, str | int | float | bool | None], ...] = Field(
        min_length=1, max_length=10_000
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {*self.on.values(), *(take.column for take in self.take), *self.order_by}
        for number, row in enumerate(self.rows, start=1):
            if lacking := sorted(needed - set(row)):
                raise ValueError(f"row {number} of the table lacks {', '.join(lacking)}")
        return self

    def inline(self) -> str:
        """Return the rows as texts; each column is read in the type that it is taken in."""
        names = list(self.rows[0])
        rows = ", ".join(f"({', '.join(_text(row.get(name)) for name in names)})" for row in self.rows)
        return f"(VALUES {rows}) AS t({', '.join(map(quoted, names))})"


def _text(value: str | float | bool | None) -> str:
    """Return a value as the SQL literal of its text."""
    if isinstance(value, bool):
        return literal(str(value).lower())
    return "NULL::VARCHAR" if value is None else literal(str(value))


RULE = Table
