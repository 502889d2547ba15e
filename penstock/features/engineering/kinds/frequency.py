"""Frequency encoding: a category as the share of rows that have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import WORDS, Step, Value
from penstock.features.engineering.writing import choice, named, text, value


class Frequency(Step):
    """The share of rows with a category, 0 for one that was not seen or is beyond the ``most`` frequent."""

    engineer: Literal["frequency"] = "frequency"
    most: int = Field(default=100, ge=1, le=200)
    shares: dict[str, float] | None = None
    """Learnt when None."""

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the share; null for null."""
        of = self.one(source, *WORDS)
        shares, because = self.shares or {}, ""
        if self.shares is None:
            rows = source.known(of) or 1
            shares = {word: float(f"{count / rows:.6g}") for word, count in source.counts(of, self.most)}
            because = f"{len(shares)} of {source.distinct(of):,} categories, of {rows:,} values"
        tests = [(f"{text(of)} = {value(word)}", value(share)) for word, share in shares.items()]
        seen = choice([*tests, (f"{text(of)} is not null", "0.0")])
        yield Value(
            self.name or named(of, "frequency"), f"cast({seen} as double)", "decimal",
            f"Share of rows with the same {of}", because,
        )  # fmt: skip


STEP = Frequency
