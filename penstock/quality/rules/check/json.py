"""A text must be a JSON document."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell, ValueCheck
from penstock.specs.base import ColumnType


class Json(ValueCheck):
    """A text is a JSON document."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_values_to_be_json_parseable"

    check: Literal["json"]

    def passes(self, cell: Cell) -> str:
        """Parse the text."""
        return f"json_valid({cell.typed})"

    def expected(self) -> str:
        """Say it in words."""
        return "JSON"


RULE = Json
