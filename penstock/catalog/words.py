"""Words as the index knows them: names taken apart, case and accents gone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_RUN = re.compile(r"[^\W_]+")
_LONGEST = 64
_SHORTEST_PLURAL = 4


class Word(NamedTuple):
    """A word of a text: as it is searched, and where it stands."""

    folded: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return letters and digits only, without case and accents.

    Examples
    --------
    >>> fold("Straße"), fold("Crème-Brûlée")
    ('strasse', 'cremebrulee')
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(character for character in plain if character.isalnum())


def words(text: str) -> Iterator[Word]:
    """Yield the words of a text; ``snake_case`` and ``camelCase`` are several.

    Examples
    --------
    >>> [word.folded for word in words("customer_email of the XMLFile")]
    ['customer', 'email', 'of', 'the', 'xml', 'file']
    >>> [word.folded for word in words("total2024Net")]
    ['total2024', 'net']
    """
    for run in _RUN.finditer(text):
        start = run.start()
        for end in (*_humps(run.group(), start), run.end()):
            if folded := fold(text[start:end])[:_LONGEST]:
                yield Word(folded, start, end)
            start = end


def name_words(text: str) -> list[str]:
    """Return the words of a name, and the name in one word, so that it is found either way.

    Examples
    --------
    >>> name_words("customerEmail")
    ['customer', 'email', 'customeremail']
    """
    parts = [word.folded for word in words(text)]
    return [*parts, "".join(parts)[:_LONGEST]] if len(parts) > 1 else parts


def forms(word: str) -> tuple[str, ...]:
    """Return a folded word and its likely singulars: whatever starts with one of them is meant.

    Examples
    --------
    >>> forms("invoices"), forms("countries"), forms("address")
    (('invoices', 'invoice'), ('countries', 'countrie', 'country'), ('address',))
    """
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith("ss"):
        return (word,)
    singulars = (word[:-1], f"{word[:-3]}y") if word.endswith("ies") else (word[:-1],)
    return (word, *singulars)


def _humps(run: str, offset: int) -> Iterator[int]:
    """Yield where a new word begins within a run of letters and digits."""
    for place in range(1, len(run)):
        before, here, after = run[place - 1], run[place], run[place + 1 : place + 2]
        if here.isupper() and (not before.isupper() or after.islower()):
            yield offset + place
