"""Grouping of rare categories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import WORDS, Step, Value
from penstock.features.engineering.writing import choice, named, text, value


class Rare(Step):
    """A category as it is where it is frequent, ``other`` where it is rare or new; null for null."""

    engineer: Literal["rare"] = "rare"
    share: float = Field(default=0.01, gt=0.0, lt=1.0)
    """A category with a smaller share of the rows is rare."""
    most: int = Field(default=30, ge=1, le=100)
    keep: tuple[str, ...] | None = None
    """The frequent ones; learnt when None."""
    other: str = "other"

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the grouped category."""
        of = self.one(source, *WORDS)
        kept, because = self.keep or (), ""
        if self.keep is None:
            rows = source.known(of) or 1
            found = [
                (word, count) for word, count in source.counts(of, self.most) if count >= rows * self.share
            ]
            kept, covered = tuple(word for word, _ in found), sum(count for _, count in found) / rows
            because = f"{len(kept)} categories of {source.distinct(of):,} cover {covered:.1%} of the values"
        if not kept:
            raise self.wrong("No category is frequent.", found=of, expected=f"a share of {self.share:g}")
        listed = ", ".join(value(word) for word in kept)
        grouped = choice(
            [(f"{text(of)} in ({listed})", text(of)), (f"{text(of)} is not null", value(self.other))]
        )
        yield Value(
            self.name or named(of, "grouped"),
            grouped,
            "string",
            f"{of}, rare values as {self.other!r}",
            because,
        )


STEP = Rare
