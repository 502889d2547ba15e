"""A text must not be like an SQL pattern."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cell, ValueCheck
from penstock.quality.members import words
from penstock.specs.base import ColumnType
from penstock.tables import literal


class NotLike(ValueCheck):
    """A text is not like any (or all) of some SQL patterns."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_values_to_not_match_like_pattern_list"

    check: Literal["not_like"]
    patterns: tuple[str, ...] = Field(min_length=1)
    """SQL patterns: ``%`` stands for any text, ``_`` for any character."""
    match: Literal["any", "all"] = "any"

    def passes(self, cell: Cell) -> str:
        """Compare the whole text."""
        glue = " AND " if self.match == "any" else " OR "
        tests = (f"{cell.typed} NOT LIKE {literal(pattern)}" for pattern in self.patterns)
        return "(" + glue.join(tests) + ")"

    def expected(self) -> str:
        """Say it in words."""
        return f"not like {self.match} of {words(self.patterns)}"


RULE = NotLike
