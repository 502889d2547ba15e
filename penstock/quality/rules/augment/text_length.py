"""The length of a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from penstock.quality.conditions import Cells
from penstock.quality.spaces import SPACE_CLASS
from penstock.quality.transformation import Augment
from penstock.specs import Column
from penstock.specs.base import ColumnName, ColumnType
from penstock.tables import literal


class TextLength(Augment):
    """Count the characters or the words of a text."""

    augment: Literal["text_length"]
    of: ColumnName
    count: Literal["characters", "words"] = "characters"

    def reads(self) -> tuple[str, ...]:
        """Return the text's column."""
        return (self.of,)

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return integer."""
        return "integer"

    def expression(self, cells: Cells) -> str:
        """Count characters, or runs of what is no space."""
        text = cells[self.of].text
        if self.count == "characters":
            return f"length({text})"
        return f"len(regexp_extract_all({text}, {literal(f'[^{SPACE_CLASS[1:]}+')}))"


RULE = TextLength
