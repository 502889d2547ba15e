"""A text must contain a match of a regular expression (RE2 syntax)."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell, ValueCheck
from penstock.quality.patterns import Pattern
from penstock.specs.base import ColumnType
from penstock.tables import literal


class Matches(ValueCheck):
    """A text matches a regular expression."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_values_to_match_regex"

    check: Literal["matches"]
    pattern: Pattern

    def passes(self, cell: Cell) -> str:
        """Search the text; anchors in the pattern make it a full match."""
        return f"regexp_matches({cell.typed}, {literal(self.pattern)})"

    def expected(self) -> str:
        """Say it in words."""
        return f"a match of {self.pattern}"


RULE = Matches
