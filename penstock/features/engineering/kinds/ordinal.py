"""Ordinal encoding: a category as its place in an order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import WORDS, Step, Value
from penstock.features.engineering.writing import choice, named, text, value


class Ordinal(Step):
    """The place of a category (from 0) in an order: a given one, else from the most to the least frequent."""

    engineer: Literal["ordinal"] = "ordinal"
    order: tuple[str, ...] | None = None
    most: int = Field(default=100, ge=1, le=200)

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the place, -1 for a category that is not in the order; null for null."""
        of = self.one(source, *WORDS)
        order = self.order
        because = ""
        if order is None:
            order = tuple(word for word, _ in source.counts(of, self.most))
            because = f"by frequency in {source.rows:,} rows"
        tests = [(f"{text(of)} = {value(word)}", str(place)) for place, word in enumerate(order)]
        placed = choice([*tests, (f"{text(of)} is not null", "-1")])
        yield Value(self.name or named(of, "place"), placed, "integer", f"Place of {of} in an order", because)


STEP = Ordinal
