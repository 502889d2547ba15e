"""How many different values there are: HyperLogLog (Flajolet et al. 2007) with Ertl's estimator (2017)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from penstock.sketches.packing import pack, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 12
_REGISTERS = 1 << _BITS
_RANKS = 35
"""Bits of a hash that a register looks at: with the twelve of its number, the upper 47 of 64."""
STANDARD_ERROR = 1.04 / math.sqrt(_REGISTERS)
"""Standard error of the estimate, as a share of it: 0.016."""


@dataclass(frozen=True)
class Distinct:
    """The highest rank of a hash that each of 4,096 registers has seen.

    The registers of a union are the larger ones of its parts, so a merge loses nothing. They are too
    coarse to tell whether a certain value was there.

    Examples
    --------
    >>> from penstock.sketches.hashing import hash_numbers
    >>> one, other = (Distinct.of(hash_numbers(np.arange(a, a + 60_000))) for a in (0, 30_000))
    >>> abs(one.merge(other).estimate() / 90_000 - 1) < 3 * STANDARD_ERROR
    True
    """

    ranks: NDArray[np.uint8]

    @classmethod
    def empty(cls) -> Distinct:
        """Return the sketch of no values."""
        return cls(np.zeros(_REGISTERS, dtype=np.uint8))

    @classmethod
    def of(cls, hashes: NDArray[np.uint64]) -> Distinct:
        """Sketch hashes, in any order."""
        ranks = np.zeros(_REGISTERS, dtype=np.uint8)
        rest = (hashes << np.uint64(_BITS)) >> np.uint64(64 - _RANKS)
        # frexp gives the number of bits; 35 bits are exact in a float.
        found = _RANKS + 1 - np.frexp(rest.astype(np.float64))[1]
        np.maximum.at(ranks, (hashes >> np.uint64(64 - _BITS)).astype(np.intp), found.astype(np.uint8))
        return cls(ranks)

    def merge(self, other: Distinct) -> Distinct:
        """Return the sketch of both sides' values."""
        return Distinct(np.maximum(self.ranks, other.ranks))

    def estimate(self) -> float:
        """Return the number of different values (Ertl 2017, algorithm 6)."""
        counts = np.bincount(self.ranks, minlength=_RANKS + 2)
        z = _REGISTERS * _tau(1 - counts[_RANKS + 1] / _REGISTERS)
        for rank in range(_RANKS, 0, -1):
            z = 0.5 * (z + counts[rank])
        z += _REGISTERS * _sigma(counts[0] / _REGISTERS)
        return float(_REGISTERS**2 / (2 * math.log(2) * z)) if z else 0.0

    def document(self) -> str:
        """Return the registers as text."""
        return pack(self.ranks)

    @classmethod
    def read(cls, document: str) -> Distinct:
        """Read what :meth:`document` wrote."""
        return cls(unpack(document, "u1"))


def _sigma(x: float) -> float:
    """Return x + sum of x**(2**k) * 2**(k-1), Ertl's correction for empty registers."""
    if x == 1.0:
        return math.inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        x, before = x * x, z
        z, y = z + x * y, y + y
    return z


def _tau(x: float) -> float:
    """Return Ertl's correction for full registers."""
    if x in (0.0, 1.0):
        return 0.0
    y, z, before = 1.0, 1.0 - x, -1.0
    while z != before:
        x, before, y = math.sqrt(x), z, y / 2
        z -= (1 - x) ** 2 * y
    return z / 3
