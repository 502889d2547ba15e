"""Check digits and dates inside identifiers; texts of digits come in without separators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from string import ascii_uppercase

_SEPARATORS = str.maketrans("", "", " -./\u00a0\u2011")
_VALUES = {letter: str(place + 10) for place, letter in enumerate(ascii_uppercase)}
_VERHOEFF_PERMUTATION = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7), (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)  # fmt: skip


def compact(value: str) -> str:
    """Return a value in upper case without blanks, dashes, dots and slashes.

    Examples
    --------
    >>> compact("es91 2100-0418")
    'ES9121000418'
    """
    return value.translate(_SEPARATORS).upper()


def padded(value: str, length: int, *, lost: int = 2) -> str:
    """Return the compact value, with leading zeros that a spreadsheet or an integer column may have lost.

    Examples
    --------
    >>> padded("1020304", 9)
    '001020304'
    """
    text = compact(value)
    return text.zfill(length) if text.isdecimal() and length - lost <= len(text) < length else text


def varied(digits: str) -> bool:
    """Tell whether digits are more than one digit repeated, which passes many tests.

    Examples
    --------
    >>> varied("0000000")
    False
    """
    return len(set(digits)) > 1


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the Luhn check digit (ISO/IEC 7812-1).

    Examples
    --------
    >>> luhn("4539578763621486"), luhn("4539578763621487")
    (True, False)
    """
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(x), 10)) for x in even)) % 10 == 0


def verhoeff(digits: str) -> bool:
    """Tell whether the last digit is the Verhoeff check digit (1969), which the dihedral group D5 gives.

    Examples
    --------
    >>> verhoeff("2363"), verhoeff("2364")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total = _dihedral(total, _VERHOEFF_PERMUTATION[place % 8][int(digit)])
    return total == 0


def mod_97(text: str) -> int:
    """Return digits and letters (A is 10) modulo 97, as ISO 7064 and IBAN do.

    Examples
    --------
    >>> mod_97("3214282912345698765432161182")
    1
    """
    return int("".join(_VALUES.get(character, character) for character in text)) % 97


def mod_11_10(digits: str) -> bool:
    """Tell whether the last digit is right by ISO 7064 MOD 11,10.

    Examples
    --------
    >>> mod_11_10("36574261809"), mod_11_10("36574261808")
    (True, False)
    """
    product = 10
    for digit in digits[:-1]:
        product = (((int(digit) + product) % 10 or 10) * 2) % 11
    return (11 - product) % 10 == int(digits[-1])


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Return the sum of digits times weights.

    Examples
    --------
    >>> weighted("123", (3, 2, 1))
    10
    """
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def is_date(year: int, month: int, day: int) -> bool:
    """Tell whether there is such a day.

    Examples
    --------
    >>> is_date(2023, 2, 29), is_date(2024, 2, 29)
    (False, True)
    """
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def is_short_date(year: str, month: str, day: str) -> bool:
    """Tell whether there is such a day in one of two centuries.

    Examples
    --------
    >>> is_short_date("00", "02", "29")
    True
    """
    return any(is_date(century + int(year), int(month), int(day)) for century in (1900, 2000))


def _dihedral(one: int, other: int) -> int:
    """Return the product in the dihedral group D5, whose elements 5 to 9 are reflections."""
    if one < 5:  # noqa: PLR2004
        return (one + other) % 5 + (5 if other >= 5 else 0)  # noqa: PLR2004
    return (one - other) % 5 + (0 if other >= 5 else 5)  # noqa: PLR2004
