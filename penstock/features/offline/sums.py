"""Sums of floats without rounding: in any order, over any window, the same to the last digit.

A float is a whole number times a power of two, so it can be cut into digits of 32 bits. Sums of digits are
sums of whole numbers, which do not depend on order, and a window's sum is the difference of two running sums
(cf. the long accumulator of Kulisch, *Computer Arithmetic and Validity*, 2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

_BITS = 32
_MASK = np.int64((1 << _BITS) - 1)
_FRACTION = 53


@dataclass(frozen=True)
class Extended:
    """Numbers ``(high + low) * 2**exponent`` with 106 bits.

    Parameters
    ----------
    high, low
        The nearest float of the number without its power of two, and the rest.
    exponent
        Multiple of 64; the same number has the same three parts whatever it is the sum of.
    """

    high: Numbers
    low: Numbers
    exponent: Places

    def numbers(self) -> Numbers:
        """Return the nearest floats."""
        with np.errstate(over="ignore"):
            return np.ldexp(self.high + self.low, self.exponent)


class RunningSums:
    """Sums of any slices of a vector of finite numbers.

    Parameters
    ----------
    terms
        Pairs of whole numbers below 2**55 and exponents of two, each as long as the vector; a number of the
        vector is the sum of its terms.

    Examples
    --------
    >>> sums = running_sums(np.array([1e300, 1.0, -1e300, 0.1]))
    >>> sums.between(np.array([0, 1]), np.array([3, 4])).numbers().tolist()
    [1.0, -1e+300]
    """

    def __init__(self, *terms: tuple[Places, Places]) -> None:
        digits: dict[int, Places] = {}
        for whole, exponent in terms:
            _add_digits(digits, whole, exponent)
        self._lowest = min(digits, default=0)
        count = max(digits, default=0) - self._lowest + 1
        self._sums = [_running(digits.get(self._lowest + place)) for place in range(count if digits else 0)]

    def between(self, starts: Places, ends: Places) -> Extended:
        """Return the sums of slices."""
        digits = [_difference(sums, starts, ends) for sums in self._sums]
        return _extended(digits, self._lowest, len(starts))


def running_sums(values: Numbers) -> RunningSums:
    """Prepare sums of slices of a vector."""
    return RunningSums(_parts(values))


def running_squares(values: Numbers) -> RunningSums:
    """Prepare sums of the squares of slices of a vector."""
    whole, exponent = _parts(values)
    high, low = np.abs(whole) >> 27, np.abs(whole) & ((1 << 27) - 1)
    return RunningSums(
        (high * high, 2 * exponent + 54), (high * low, 2 * exponent + 28), (low * low, 2 * exponent)
    )


def deviations(sums: Extended, squares: Extended, counts: Places) -> Numbers:
    """Return sample standard deviations, NaN for less than two numbers."""
    half = squares.exponent // 2
    with np.errstate(all="ignore"):
        shift = sums.exponent - half
        high, low = np.ldexp(sums.high, shift), np.ldexp(sums.low, shift)
        square = _product(high, high)
        square = _plus(square[0], square[1], 2 * high * low)
        n = counts.astype(np.float64)
        scaled = _product(squares.high, n)
        scaled = _plus(scaled[0], scaled[1], squares.low * n)
        rest = (scaled[0] - square[0]) + (scaled[1] - square[1])
        found = np.sqrt(np.maximum(rest, 0.0) / (n * (n - 1)))
        return np.where(counts > 1, np.ldexp(found, half), np.nan)


def _parts(values: Numbers) -> tuple[Places, Places]:
    """Return finite numbers as whole numbers and exponents."""
    fraction, exponent = np.frexp(values)
    return np.ldexp(fraction, _FRACTION).astype(np.int64), exponent.astype(np.int64) - _FRACTION


def _add_digits(digits: dict[int, Places], whole: Places, exponent: Places) -> None:
    """Add numbers to the vectors of their digits."""
    first, shift = np.floor_divide(exponent, _BITS), np.mod(exponent, _BITS)
    first = np.where(whole == 0, 0, first)
    sign, size = np.sign(whole), np.abs(whole)
    low, high = (size & _MASK) << shift, (size >> _BITS) << shift
    parts = (low & _MASK, (low >> _BITS) + (high & _MASK), high >> _BITS)
    for place in np.unique(first[whole != 0]).tolist():
        here = first == place
        for offset, part in enumerate(parts):
            vector = digits.setdefault(place + offset, np.zeros(len(whole), dtype=np.int64))
            vector[here] += (sign * part)[here]


def _running(vector: Places | None) -> Places | None:
    """Return running sums with a zero before them."""
    return None if vector is None else np.concatenate(([np.int64(0)], np.cumsum(vector)))


def _difference(sums: Places | None, starts: Places, ends: Places) -> Places:
    return np.zeros(len(starts), dtype=np.int64) if sums is None else sums[ends] - sums[starts]


def _extended(digits: list[Places], lowest: int, rows: int) -> Extended:
    """Turn sums of digits into numbers: carry, take the sign off, and add from the highest digit on."""
    digits, sign = _positive(digits, rows)
    top = np.full(rows, -1, dtype=np.int64)
    for place, digit in enumerate(digits):
        top[digit != 0] = place
    base = (np.where(top < 0, 0, top + lowest) // 2) * 2  # an even digit, so that squares have a root
    high, low = np.zeros(rows), np.zeros(rows)
    with np.errstate(under="ignore"):
        for place in reversed(range(len(digits))):
            offset = np.clip((place + lowest - base) * _BITS, -1_070, 64)
            high, low = _plus(high, low, np.ldexp(digits[place].astype(np.float64), offset))
    return Extended(high * sign, low * sign, base * _BITS)


def _positive(digits: list[Places], rows: int) -> tuple[list[Places], Numbers]:
    """Return digits between 0 and 2**32 and the signs of the numbers."""
    carried, carry = _carried(digits, rows)
    negative = carry < 0
    if negative.any():
        carried, carry = _carried([np.where(negative, -digit, digit) for digit in digits], rows)
    return [*carried, carry & _MASK, carry >> _BITS], np.where(negative, -1.0, 1.0)


def _carried(digits: list[Places], rows: int) -> tuple[list[Places], Places]:
    """Carry from each digit to the next, and return what is left over."""
    carry, done = np.zeros(rows, dtype=np.int64), []
    for digit in digits:
        whole = digit + carry
        done.append(whole & _MASK)
        carry = whole >> _BITS
    return done, carry


def _plus(high: Numbers, low: Numbers, more: Numbers) -> tuple[Numbers, Numbers]:
    """Add a number to extended ones (Knuth's exact sum)."""
    total = high + more
    part = total - high
    rest = (high - (total - part)) + (more - part) + low
    summed = total + rest
    return summed, rest - (summed - total)


def _product(left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """Multiply exactly (Dekker's product)."""
    product = left * right
    (a, b), (c, d) = _halves(left), _halves(right)
    return product, ((a * c - product) + a * d + b * c) + b * d


def _halves(values: Numbers) -> tuple[Any, Any]:
    """Cut numbers into two of 26 bits."""
    scaled = values * 134_217_729.0
    high = scaled - (scaled - values)
    return high, values - high
