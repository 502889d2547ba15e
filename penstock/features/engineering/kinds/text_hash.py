"""Hashing of a text into buckets, by arithmetic that every engine has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import WORDS, Step, Value
from penstock.features.engineering.writing import named, text

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789 .-_@/"
_PRIME, _BASE = 1_000_003, 257


class TextHash(Step):
    """The bucket of a text: a polynomial hash of its first characters in lower case, and of its length.

    Only ``strpos``, ``substring``, ``lower`` and whole numbers below 10^10 are used, so DuckDB, Athena and
    Spark agree; their own hash functions do not. Letters other than a to z count as one and the same, so
    texts of another script are told apart by their digits, spaces and length alone: group or order those
    instead.
    """

    engineer: Literal["text_hash"] = "text_hash"
    buckets: int = Field(default=16, ge=2, le=1_000)
    characters: int = Field(default=16, ge=1, le=48)
    """How many of them count."""

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the bucket as a word, such as ``'7'``; null for null."""
        of = self.one(source, *WORDS)
        padded = f"(lower({text(of)}) || '{'~' * self.characters}')"
        terms = [
            f"strpos('{_ALPHABET}', substring({padded}, {place + 1}, 1)) * {pow(_BASE, place + 1, _PRIME)}"
            for place in range(self.characters)
        ]
        bucket = f"((length({text(of)}) + {' + '.join(terms)}) % {_PRIME}) % {self.buckets}"
        yield Value(
            self.name or named(of, "bucket"), f"cast({bucket} as varchar)", "string",
            f"Bucket of {of}, one of {self.buckets}",
        )  # fmt: skip


STEP = TextHash
