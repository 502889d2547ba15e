"""Columns with declared preparation steps: what was learnt of each, and how it becomes numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from penstock.sketches.hashing import HASH, hash_texts

Matrix = NDArray[np.float32]
Vector = NDArray[np.float64]
_WORD = re.compile(r"\w+")


class NumberColumn(BaseModel):
    """A number: filled, cut off, its logarithm taken, and scaled for algorithms that want it.

    Examples
    --------
    >>> column = NumberColumn(name="a", type="decimal", fill=2, indicator=True, high=9, centre=1, spread=4)
    >>> block = np.zeros((3, 2), dtype=np.float32)
    >>> column.write(np.array([5.0, np.nan, 100.0]), block, scaled=True)
    >>> block.tolist()
    [[1.0, 0.0], [0.25, 1.0], [2.0, 0.0]]
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["number"] = "number"
    name: str
    type: Literal["integer", "decimal"]
    fill: float
    indicator: bool
    low: float | None = None
    high: float | None = None
    log: bool = False
    centre: float = 0.0
    spread: float = 1.0
    deviation: float = 0.0
    """Of the values before scaling; noise is measured by it."""

    @property
    def encoded(self) -> list[str]:
        """Names of the matrix columns that this column becomes."""
        return [self.name, f"{self.name} is null"] if self.indicator else [self.name]

    def shaped(self, values: Vector) -> Vector:
        """Cut values off and take their logarithms, as declared."""
        if self.low is not None or self.high is not None:
            values = np.clip(values, self.low, self.high)
        if self.log:
            values = np.sign(values) * np.log1p(np.abs(values))
        return values

    def write(self, raw: Vector, block: Matrix, *, scaled: bool) -> None:
        """Fill this column's part of a matrix; NaN is null."""
        null = np.isnan(raw)
        values = self.shaped(np.where(null, self.fill, raw))
        block[:, 0] = (values - self.centre) / self.spread if scaled else values
        if self.indicator:
            block[:, 1] = null


class WordColumn(BaseModel):
    """A word: a column a level or bucket, or one number that stands for it.

    Examples
    --------
    >>> column = WordColumn(name="land", encode="ordinal", levels=("DE", "FR"))
    >>> [column.code(word) for word in ("FR", "XX")], column.null
    ([1, 2], 3)
    >>> column.table.tolist()
    [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [0.0, 1.0]]
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["word"] = "word"
    name: str
    type: Literal["string"] = "string"
    encode: Literal["one_hot", "ordinal", "frequency", "hashed"]
    levels: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    """Of each level, of all others, and of null, among the training rows; of ``frequency``."""
    buckets: int = 0
    hash: str = ""
    fill: str | None = None
    indicator: bool = True

    @property
    def encoded(self) -> list[str]:
        """Names of the matrix columns that this column becomes."""
        null = [f"{self.name} is null"] if self.indicator else []
        if self.encode == "hashed":
            return [*(f"{self.name} #{place}" for place in range(self.buckets)), *null]
        if self.encode == "one_hot":
            return [*(f"{self.name} = {level}" for level in self.levels), f"{self.name} is other", *null]
        return [f"{self.name} {'rank' if self.encode == 'ordinal' else 'share'}", *null]

    @property
    def null(self) -> int:
        """The code of null."""
        return self.buckets if self.encode == "hashed" else len(self.levels) + 1

    @cached_property
    def codes(self) -> dict[str, int]:
        """Position of each level."""
        return {level: position for position, level in enumerate(self.levels)}

    def code(self, word: str) -> int:
        """Return the row of ``table`` that a word has."""
        if self.encode == "hashed":
            return int(bucket([word], self.buckets)[0])
        return self.codes.get(word, len(self.levels))

    @cached_property
    def table(self) -> Matrix:
        """What each code becomes, codes by matrix columns; null is the last."""
        known = self.null
        width = len(self.encoded) - self.indicator
        filled = np.zeros((known + 1, width), dtype=np.float32)
        if self.encode in ("hashed", "one_hot"):
            filled[:known] = np.eye(known)
        elif self.encode == "ordinal":
            filled[:known, 0] = np.arange(1, known + 1)
        else:
            filled[:, 0] = self.shares
        if self.fill is not None:
            filled[known] = filled[self.code(self.fill)]
        if not self.indicator:
            return filled
        return np.hstack([filled, (np.arange(known + 1) == known).astype(np.float32)[:, None]])

    def write(self, raw: Vector, block: Matrix, *, scaled: bool) -> None:
        """Fill this column's part of a matrix from codes; ranks are divided by their number if scaled."""
        found = self.table[raw.astype(np.int64)]
        if scaled and self.encode == "ordinal":
            found[:, 0] /= len(self.levels) + 1
        block[:] = found


class TextColumn(BaseModel):
    """A text: how often words of each bucket stand in it, case ignored.

    Examples
    --------
    >>> column = TextColumn(name="note", buckets=4, indicator=True)
    >>> found = column.counts(["late, LATE", None])
    >>> sorted(found[0].tolist()), found[1].tolist()
    ([0.0, 0.0, 0.0, 0.0, 2.0], [0.0, 0.0, 0.0, 0.0, 1.0])
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["text"] = "text"
    name: str
    type: Literal["string"] = "string"
    buckets: int
    hash: str = HASH
    fill: str | None = None
    indicator: bool

    @property
    def encoded(self) -> list[str]:
        """Names of the matrix columns that this column becomes."""
        null = [f"{self.name} is null"] if self.indicator else []
        return [*(f"{self.name} #{place}" for place in range(self.buckets)), *null]

    def counts(self, texts: Iterable[str | None]) -> Matrix:
        """Count the words of texts, texts by buckets and the indicator of null."""
        listed = list(texts)
        found = np.zeros((len(listed), len(self.encoded)), dtype=np.float32)
        words = [_WORD.findall((self.fill or "" if text is None else text).lower()) for text in listed]
        rows = np.repeat(np.arange(len(listed)), [len(one) for one in words])
        flat = [word for one in words for word in one]
        np.add.at(found, (rows, bucket(flat, self.buckets)), 1.0)
        if self.indicator:
            found[:, -1] = [text is None for text in listed]
        return found

    def write(self, raw: NDArray[Any], block: Matrix, *, scaled: bool) -> None:
        """Fill this column's part of a matrix; counts become logarithms of 1 + count if scaled."""
        block[:] = np.log1p(raw) if scaled else raw


DeclaredColumn = NumberColumn | WordColumn | TextColumn


def bucket(words: list[str], buckets: int) -> NDArray[np.int64]:
    """Return the bucket of each word by a hash that stays the same for ever.

    Examples
    --------
    >>> bucket(["late", "paid", "late"], 8).tolist()
    [7, 2, 7]
    """
    coded = [word.encode() for word in words]
    offsets = np.cumsum([0, *map(len, coded)])
    data = np.frombuffer(b"".join(coded), dtype=np.uint8)
    return (hash_texts(data, offsets) % np.uint64(buckets)).astype(np.int64)
