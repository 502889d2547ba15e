"""Made-up people and clerks' notes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pyarrow as pa

_FIRST = (
    "Ada Bruno Chloé Dmitri Elif Farah Gita Hugo Inês Jörg Kaja Lars Maya Nuno Olga Pavel Quinn Rosa Søren "
    "Tess Uma Vera Wanda Xavi Yara Zoë"
).split()
_LAST = (
    "Almeida Bauer Costa Dubois Eriksson Fischer García Hansen Ivanov Jansen Kowalski Lindqvist Müller Nowak "
    "Oliveira Petit Quist Rossi Smith Torres Ulrich Vogel Weber Yilmaz Zhang O'Neill"
).split()
_WHO = ("customer", "buyer", "accounting", "the branch in town", "their agent")
_WHAT = (
    "asked for a copy",
    "wants a partial delivery",
    "confirmed by phone, again",
    'calls it "urgent"',
    "moved, see the new address",
    "pays by bank transfer",
    "asks for one invoice a month\nand for paper",
    "über neue Adresse informiert",
    "has a credit note; to be offset",
)
_WHEN = ("", " on Monday", " last week", " (see e-mail)", ", thanks")
_PLAIN = str.maketrans("éëêíöøü", "eeeioou")


def names(numbers: Iterable[int]) -> pa.Array:
    """Return a full name for each number."""
    return pa.array([f"{_FIRST[n % len(_FIRST)]} {_LAST[n // 31 % len(_LAST)]}" for n in numbers])


def emails(numbers: Iterable[int]) -> pa.Array:
    """Return an address for each number, at domains that exist for examples only."""
    return pa.array([_address(n, place) for place, n in enumerate(numbers)])


@cache
def notes() -> pa.Array:
    """Return all notes that clerks write, some with commas, quotes, other letters or a second line."""
    return pa.array([f"{who} {what}{when}" for who in _WHO for what in _WHAT for when in _WHEN])


def _address(number: int, place: int) -> str:
    """Return one address."""
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // 31 % len(_LAST)]
    user = f"{first}.{last}".lower().translate(_PLAIN).replace("'", "")
    return f"{user}{place}@example.{'com' if number % 2 else 'org'}"
