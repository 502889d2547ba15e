"""The number of words of a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import TEXTS, Step, Value
from penstock.features.engineering.writing import column, named


class WordCount(Step):
    """The words of a text, told apart by spaces (single ones: each further space counts); null for null."""

    engineer: Literal["word_count"] = "word_count"

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the number of words."""
        of = self.one(source, *TEXTS)
        trimmed = f"trim({column(of)})"
        words = f"length({trimmed}) - length(replace({trimmed}, ' ', '')) + 1"
        counted = f"case when length({trimmed}) = 0 then 0 else {words} end"
        yield Value(self.name or named(of, "words"), counted, "integer", f"Words of {of}")


STEP = WordCount
