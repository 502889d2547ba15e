"""Columns as NumPy arrays, whatever has read them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from penstock.sketches import hash_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHOWN = 100
"""Characters that are kept of a text."""
_HEAD, _WORD, _ASCII = 80, 8, 0x80
_LOOKED_AT = 1_000
_SHIFTS = np.array([8 * (_WORD - size) for size in range(_WORD + 1)], dtype=np.uint64)


class Coded(NamedTuple):
    """The categories of some rows: names, and a code a row, -1 for null."""

    labels: list[str]
    codes: NDArray[np.int64]


@dataclass(frozen=True)
class Numbers:
    """Numbers, truth values, days or microseconds."""

    values: NDArray[Any]
    """Those that are there, as 64-bit integers or floats."""
    valid: NDArray[np.bool_] | None = None
    """Where they are; None when no row is null."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.values) if self.valid is None else len(self.valid)

    def floats(self) -> NDArray[np.float64]:
        """Return a number a row, NaN for null."""
        if self.valid is None:
            return self.values.astype(np.float64)
        found = np.full(len(self.valid), np.nan)
        found[self.valid] = self.values
        return found


@dataclass(frozen=True)
class Texts:
    """Texts one behind the other."""

    data: bytes
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def bytes_of(self, place: int, most: int | None = None) -> bytes:
        """Return the bytes of one text, or its first ones."""
        start, end = self.offsets[place : place + 2]
        return self.data[start : end if most is None else min(end, start + most)]

    def shown(self, place: int) -> str:
        """Return one text; a long one as its head and a part of its SHA-256."""
        found = self.bytes_of(place).decode("utf-8", "replace")
        if len(found) <= SHOWN:
            return found
        digest = hashlib.sha256(self.bytes_of(place)).hexdigest()
        return f"{found[:_HEAD]}… ({digest[:12]})"

    def hashes(self, limit: int | None = None) -> NDArray[np.uint64]:
        """Return the hash of each text, or of its first bytes."""
        return hash_texts(np.frombuffer(self.data, dtype=np.uint8), self.offsets, limit=limit)

    def lengths(self) -> NDArray[np.int64]:
        """Return the number of characters of each text."""
        if self.data.isascii():
            return np.diff(self.offsets)
        begins = (np.frombuffer(self.data, dtype=np.uint8) & 0xC0) != _ASCII
        return np.diff(np.concatenate([[0], np.cumsum(begins)])[self.offsets])

    def extremes(self) -> tuple[str, str]:
        """Return the first and the last text in the order of their bytes, cut."""
        padded = np.frombuffer(self.data + bytes(_WORD), dtype=np.uint8)
        words = np.ndarray((len(self.data) + 1,), dtype=">u8", buffer=padded, strides=(1,))
        low, high = (self._extreme(words, last=last) for last in (False, True))
        return low, high

    def _extreme(self, words: NDArray[np.uint64], *, last: bool) -> str:
        """Narrow the texts down to the least or greatest by eight bytes at a time."""
        starts, lengths = self.offsets[:-1], np.diff(self.offsets)
        rows: NDArray[np.int64] = np.arange(len(self))
        for begin in range(0, 4 * SHOWN, _WORD):
            left = np.clip(lengths[rows] - begin, 0, _WORD)
            if len(rows) == 1 or not left.any():
                break
            shift = _SHIFTS[left]
            found = words[np.where(left > 0, starts[rows] + begin, 0)].astype(np.uint64)
            found = np.where(left > 0, (found >> shift) << shift, np.uint64(0))
            rows = rows[found == (found.max() if last else found.min())]
        place = rows[np.argmax(lengths[rows]) if last else np.argmin(lengths[rows])]
        return self.bytes_of(int(place), 4 * SHOWN).decode("utf-8", "replace")[:SHOWN]


@dataclass(frozen=True)
class Words:
    """A column of texts: the texts that are there, or the entries of its dictionary that are used."""

    texts: Texts
    valid: NDArray[np.bool_] | None = None
    codes: NDArray[np.int64] | None = None
    """The dictionary entry of each row, -1 for null; None without a dictionary."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        if self.codes is not None:
            return len(self.codes)
        return len(self.texts) if self.valid is None else len(self.valid)

    @property
    def nulls(self) -> int:
        """Rows without a text."""
        if self.codes is not None:
            return int((self.codes < 0).sum())
        return self.rows - len(self.texts)

    def weights(self) -> NDArray[np.int64] | None:
        """Return how often each text stands, None for once."""
        if self.codes is None:
            return None
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts)).astype(np.int64)

    def coded(self, most: int) -> Coded | None:
        """Return the categories of the rows, None if there are too many."""
        if self.codes is not None:
            if len(self.texts) > most:
                return None
            return Coded([self.texts.shown(place) for place in range(len(self.texts))], self.codes)
        some = self.texts.hashes() if len(self.texts) <= _LOOKED_AT else self._some().hashes()
        if len(np.unique(some)) > most:
            return None
        different, first, codes = np.unique(self.texts.hashes(), return_index=True, return_inverse=True)
        if len(different) > most:
            return None
        return Coded([self.texts.shown(int(place)) for place in first], self._spread(codes))

    def _some(self) -> Texts:
        """Return the first texts."""
        offsets = self.texts.offsets[: _LOOKED_AT + 1]
        return Texts(self.texts.data[: offsets[-1]], offsets)

    def _spread(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return a code a row."""
        if self.valid is None:
            return codes
        found = np.full(len(self.valid), -1)
        found[self.valid] = codes
        return found
