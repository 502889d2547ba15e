"""A text must be a date or time written in a given way."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cell, ValueCheck
from penstock.specs.base import ColumnType
from penstock.tables import literal


class DateFormat(ValueCheck):
    """A text is a date or time written in a given way (strftime's codes, such as ``%d.%m.%Y``)."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_values_to_match_strftime_format"

    check: Literal["date_format"]
    format: str = Field(min_length=2, pattern="%")

    def passes(self, cell: Cell) -> str:
        """Parse the text."""
        return f"({cell.missing} OR try_strptime({cell.typed}, {literal(self.format)}) IS NOT NULL)"

    def expected(self) -> str:
        """Say it in words."""
        return f"a time written as {self.format}"


RULE = DateFormat
