"""The state of a piece of a column of texts, found from its bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from penstock.catalog.profiles.runs import Runs, most_frequent
from penstock.catalog.profiles.state import PATTERNS, TOP, ColumnState
from penstock.catalog.profiles.vectors import Texts, Words
from penstock.sketches import Frequent, Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHAPE = 32
_CHANCE = 4
"""Pairs of different texts whose upper bits may be equal by chance."""
_CONTINUED, _BEYOND = b"\x01", b"\x02"


def _shape_of(byte: int) -> bytes:
    """Return what stands for a byte in a pattern."""
    one = bytes([byte])
    if not one.isascii():
        return _CONTINUED if byte < 0xC0 else _BEYOND  # noqa: PLR2004
    if one.isalpha():
        return b"A" if one.isupper() else b"a"
    return b"9" if one.isdigit() else one if byte >= ord(" ") else b"?"


_TABLE = b"".join(map(_shape_of, range(256)))


def measure_texts(words: Words, *, shown: bool) -> tuple[ColumnState, NDArray[np.uint64] | None]:
    """Measure texts; return also their hashes when no text stands twice."""
    texts, weights = words.texts, words.weights()
    hashes = texts.hashes()
    runs = Runs.of(hashes, weights)
    alone = bool((runs.counts == 1).all()) or _differ(runs, hashes, weights)
    state = ColumnState(
        "string",
        rows=words.rows,
        nulls=words.nulls,
        unique="yes" if alone else "no",
        distinct=runs.distinct(),
    )
    kept = hashes if alone else None
    if not shown or not len(texts):
        return (state if shown else state.hidden()), kept
    return _described(state, texts, weights, runs), kept


def _described(
    state: ColumnState, texts: Texts, weights: NDArray[np.int64] | None, runs: Runs
) -> ColumnState:
    """Add what tells values."""
    low, high = texts.extremes()
    lengths = texts.lengths()
    return replace(
        state,
        minimum=low,
        maximum=high,
        shortest=int(lengths.min()),
        longest=int(lengths.max()),
        lengths=Moments.of(lengths.astype(np.float64), weights),
        frequent=most_frequent(runs.counts, lambda kept: list(map(texts.shown, runs.first[kept])), TOP),
        patterns=patterns(texts, weights),
    )


def patterns(texts: Texts, weights: NDArray[np.int64] | None = None) -> Frequent:
    """Count the shapes of texts.

    Examples
    --------
    >>> patterns(Texts("AB-12CD-34Zürich".encode(), np.array([0, 5, 10, 17]))).counts
    {'AA-99': 2, 'Aäaaaa': 1}
    """
    shapes = Texts(texts.data.translate(_TABLE), texts.offsets)
    runs = Runs.of(shapes.hashes(limit=_SHAPE + 1), weights)
    return most_frequent(runs.counts, lambda kept: [_pattern(shapes, n) for n in runs.first[kept]], PATTERNS)


def _pattern(shapes: Texts, place: int) -> str:
    """Return a shape for people."""
    found = shapes.bytes_of(place, _SHAPE + 1)
    text = found[:_SHAPE].replace(_CONTINUED, b"").replace(_BEYOND, "ä".encode()).decode()
    return f"{text}…" if len(found) > _SHAPE else text


def _differ(runs: Runs, hashes: NDArray[np.uint64], weights: NDArray[np.int64] | None) -> bool:
    """Say whether whole hashes differ where their upper bits do not."""
    if weights is not None or len(runs.counts) < len(hashes) - _CHANCE:
        return False
    ordered = np.sort(hashes)
    return not bool((ordered[1:] == ordered[:-1]).any())
