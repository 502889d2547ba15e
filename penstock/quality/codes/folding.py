"""What does not count when names are looked up: case, accents, punctuation and spaces."""

from __future__ import annotations

import unicodedata


def folded(name: str) -> str:
    """Return a name as it is looked up.

    Examples
    --------
    >>> folded(" Côte d'Ivoire"), folded("U.S.A.")
    ('cotedivoire', 'usa')
    """
    plain = unicodedata.normalize("NFD", name).lower()
    return "".join(character for character in plain if character.isascii() and character.isalnum())


def folded_sql(text: str) -> str:
    """Return SQL of the same."""
    return f"regexp_replace(lower(strip_accents({text})), '[^a-z0-9]+', '', 'g')"
