"""A text must not contain a match of a regular expression (RE2 syntax)."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell, ValueCheck
from penstock.quality.patterns import Pattern
from penstock.specs.base import ColumnType
from penstock.tables import literal


class NotMatches(ValueCheck):
    """A text does not match a regular expression."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_values_to_not_match_regex"

    check: Literal["not_matches"]
    pattern: Pattern

    def passes(self, cell: Cell) -> str:
        """Search the text."""
        return f"NOT regexp_matches({cell.typed}, {literal(self.pattern)})"

    def expected(self) -> str:
        """Say it in words."""
        return f"no match of {self.pattern}"


RULE = NotMatches
