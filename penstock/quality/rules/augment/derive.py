"""A column computed by an SQL expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import field_validator

from penstock.quality.conditions import Cells
from penstock.quality.expressions import parse_expression
from penstock.quality.transformation import Augment, finite
from penstock.quality.types import sql_type
from penstock.specs import Column
from penstock.specs.base import ColumnType


class Derive(Augment):
    """Compute a column by an SQL expression over the columns of the same row.

    The expression can do nothing but compute. Where it fails, as when a number overflows, there is no value.
    """

    augment: Literal["derive"]
    type: ColumnType
    sql: str
    """Such as ``price * quantity`` or ``CASE WHEN age < 18 THEN 'minor' ELSE 'adult' END``."""

    @field_validator("sql")
    @classmethod
    def _harmless(cls, sql: str) -> str:
        return parse_expression(sql).text

    def reads(self) -> tuple[str, ...]:
        """Return the columns that the expression names."""
        return parse_expression(self.sql).columns

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return the declared type."""
        return self.type

    def expression(self, cells: Cells) -> str:
        """Compute, and turn the result into the type."""
        value = parse_expression(self.sql).sql({name: cell.typed for name, cell in cells.items()})
        return finite(f"TRY_CAST(TRY({value}) AS {sql_type(self.type)})", self.type)


RULE = Derive
