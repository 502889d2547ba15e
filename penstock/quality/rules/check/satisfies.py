"""A condition written in SQL must hold for a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, field_validator

from penstock.quality.conditions import Cells, Check, Condition
from penstock.quality.expressions import parse_expression
from penstock.tables import literal


class Satisfies(Check):
    """A condition written in SQL holds for a row (Deequ's ``satisfies``); what is unknown passes."""

    check: Literal["satisfies"]
    expression: str = Field(min_length=1)
    """An expression over the dataset's columns, such as ``paid <= amount * 1.19``; it can only compute."""

    @field_validator("expression")
    @classmethod
    def _is_harmless(cls, expression: str) -> str:
        parse_expression(expression)
        return expression

    def reads(self) -> tuple[str, ...]:
        """Return the columns that the expression names."""
        return parse_expression(self.expression).columns

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Put what was understood of the expression."""
        row = [cells[name] for name in self.reads()]
        test = parse_expression(self.expression).sql({cell.column.name: cell.typed for cell in row})
        shown = [f"{literal(f'column {cell.column.name}: found ')} || {cell.shown} || ', '" for cell in row]
        reason = " || ".join([*shown, literal(f"expected {self.expression}")])
        yield self.of_rows(row, passes=f"CAST({test} AS BOOLEAN)", reason=reason, missing=f"({test} IS NULL)")


RULE = Satisfies
