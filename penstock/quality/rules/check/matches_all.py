"""A text must match each of several regular expressions."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cell, ValueCheck
from penstock.quality.members import words
from penstock.quality.patterns import Pattern
from penstock.specs.base import ColumnType
from penstock.tables import literal


class MatchesAll(ValueCheck):
    """A text matches each of several regular expressions."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_values_to_match_regex_list"

    check: Literal["matches_all"]
    patterns: tuple[Pattern, ...] = Field(min_length=1)

    def passes(self, cell: Cell) -> str:
        """Search the text for each pattern."""
        tests = (f"regexp_matches({cell.typed}, {literal(pattern)})" for pattern in self.patterns)
        return "(" + " AND ".join(tests) + ")"

    def expected(self) -> str:
        """Say it in words."""
        return f"a match of each of {words(self.patterns)}"


RULE = MatchesAll
