"""A 64-bit hash of column values that stays the same for ever.

Profiles of different days are merged by it, so it must not follow the version of a library. Each eight
bytes (little-endian, the last ones filled with zeros) are mixed by ``h = (h ^ word) * M; h ^= h >> 32``,
beginning with the length in bytes times ``M``; the end is MurmurHash3's 64-bit finaliser (Appleby, public
domain) after an exclusive or with 2**64 divided by the golden ratio. Texts longer than 512 bytes are hashed
by BLAKE2b.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

HASH = "penstock-mix64-1"
"""Name of the hash, written into every document that depends on it."""

Hashes = NDArray[np.uint64]
_FIRST, _SECOND = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_SEED = np.uint64(0x9E3779B97F4A7C15)
_HALF, _SHIFT = np.uint64(32), np.uint64(33)
_WORD, _LONG = 8, 512
_EXACT = 1 << 53
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(_WORD + 1)], dtype=np.uint64)


def hash_numbers(values: NDArray[Any]) -> Hashes:
    """Hash integers or floats; equal numbers have equal hashes whatever their type.

    Examples
    --------
    >>> bool(hash_numbers(np.array([2]))[0] == hash_numbers(np.array([2.0]))[0])
    True
    """
    # Adding zero makes the negative zero positive.
    bits = np.add(values, 0.0, dtype=np.float64).view(np.uint64)
    if values.dtype.kind == "i" and len(values):
        large = (values > _EXACT) | (values < -_EXACT)
        if large.any():
            bits[large] = values[large].astype(np.int64).view(np.uint64) ^ _SECOND
    return _finish(bits)


def hash_texts(data: NDArray[np.uint8], offsets: NDArray[Any], *, limit: int | None = None) -> Hashes:
    """Hash texts that stand one behind the other.

    Parameters
    ----------
    data
        The bytes of all texts, UTF-8.
    offsets
        Where each text begins, and where the last one ends.
    limit
        Hash only so many bytes of each.

    Examples
    --------
    >>> found = hash_texts(np.frombuffer(b"ababc", dtype=np.uint8), np.array([0, 2, 4, 5]))
    >>> bool(found[0] == found[1]), bool(found[0] == found[2])
    (True, False)
    """
    starts, lengths = offsets[:-1], np.diff(offsets)
    if limit is not None:
        lengths = np.minimum(lengths, limit)
    hashes = lengths.astype(np.uint64) * _FIRST
    words = _words(data)
    long = np.flatnonzero(lengths > _LONG)
    lengths[long] = 0
    for begin in range(0, int(lengths.max(initial=0)), _WORD):
        _mix(hashes, words, starts + begin, lengths - begin)
    hashes = _finish(hashes)
    for place in long:
        hashes[place] = _digest(data[offsets[place] : offsets[place + 1]][:limit])
    return hashes


def _words(data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Show the eight bytes from each byte on as a number."""
    padded = np.zeros(len(data) + _WORD, dtype=np.uint8)
    padded[: len(data)] = data
    return np.ndarray((len(data) + 1,), dtype="<u8", buffer=padded, strides=(1,))


def _mix(
    hashes: Hashes, words: NDArray[np.uint64], places: NDArray[np.int64], left: NDArray[np.int64]
) -> None:
    """Mix the next word of each text that has one into its hash."""
    rows = np.flatnonzero(left > 0)
    chosen = slice(None) if len(rows) == len(left) else rows
    mixed, sizes = words[places[chosen]], left[chosen]
    if sizes.min(initial=_WORD) < _WORD:
        mixed &= _MASKS[np.minimum(sizes, _WORD)]
    mixed ^= hashes[chosen]
    mixed *= _FIRST
    mixed ^= mixed >> _HALF
    hashes[chosen] = mixed


def _finish(hashes: Hashes) -> Hashes:
    """Spread every bit over all (in place); nothing and zero must not become zero."""
    hashes ^= _SEED
    for factor in (_FIRST, _SECOND):
        hashes ^= hashes >> _SHIFT
        hashes *= factor
    hashes ^= hashes >> _SHIFT
    return hashes


def _digest(text: NDArray[np.uint8]) -> int:
    """Hash one long text."""
    return int.from_bytes(hashlib.blake2b(text.tobytes(), digest_size=_WORD).digest(), "little")
