"""The length of a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import TEXTS, Step, Value
from penstock.features.engineering.writing import column, named


class TextLength(Step):
    """The characters of a text; null for null."""

    engineer: Literal["text_length"] = "text_length"

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the length."""
        of = self.one(source, *TEXTS)
        yield Value(
            self.name or named(of, "length"), f"length({column(of)})", "integer", f"Characters of {of}"
        )


STEP = TextLength
