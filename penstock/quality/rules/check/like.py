"""A text must be like an SQL pattern."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cell, ValueCheck
from penstock.quality.members import words
from penstock.specs.base import ColumnType
from penstock.tables import literal


class Like(ValueCheck):
    """A text is like any (or all) of some SQL patterns."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_values_to_match_like_pattern_list"

    check: Literal["like"]
    patterns: tuple[str, ...] = Field(min_length=1)
    """SQL patterns: ``%`` stands for any text, ``_`` for any character."""
    match: Literal["any", "all"] = "any"

    def passes(self, cell: Cell) -> str:
        """Compare the whole text."""
        glue = " OR " if self.match == "any" else " AND "
        tests = (f"{cell.typed} LIKE {literal(pattern)}" for pattern in self.patterns)
        return "(" + glue.join(tests) + ")"

    def expected(self) -> str:
        """Say it in words."""
        return f"like {self.match} of {words(self.patterns)}"


RULE = Like
