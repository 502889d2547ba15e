"""A text must contain a match of a regular expression (RE2 syntax)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import field_validator

from penstock.quality.conditions import Cells, ColumnCheck, Condition, every, found
from penstock.specs.base import ColumnType
from penstock.tables import literal


class Matches(ColumnCheck):
    """A text matches a regular expression."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    check: Literal["matches"]
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression ({error})") from error
        return pattern

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Search the text; anchors in the pattern make it a full match."""
        columns, pattern = self.looked_at(), literal(self.pattern)
        yield self.of_rows(
            cells,
            passes=every(cells, columns, lambda cell: f"regexp_matches({cell.text}, {pattern})"),
            reason=found(cells, columns, f"a match of {self.pattern}"),
        )


RULE = Matches
