"""What the name of a column says, in any of the usual ways of writing names."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from penstock.catalog.classification.detector import Detector

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_LIGATURES = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "\u0131": "i"}
)
_GLUED = 5
"""Shorter phrases are found only as words of their own: ``ip`` is in many words."""
_ABOUT = frozenset(
    "count counts total sum avg average mean median min max ratio rate share percent pct score "
    "number_of sent opened clicked bounced verified verification confirmed valid invalid "
    "status state type kind category "
    "template subject campaign provider domain length format version model brand enabled disabled opt optin "
    "consent consented allowed is has flag exists missing changed channel preference preferences anzahl "
    "nombre_de numero_de updated created modified policy label hash hashed md5 sha256 usage duration calls "
    "table column field schema class method parameter quality risk".split()
)
"""Words that make of a name something about the thing: ``email_count``, ``phone_model``."""
_MEASURES = frozenset(
    "count counts total sum avg average mean median ratio rate share percent pct policy quality".split()
)
"""The few of them that also take a yes or no away from a person."""


@lru_cache(maxsize=4_096)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case and without accents.

    Examples
    --------
    >>> words_of("customerEMailAddress_2"), words_of("Téléphone (privé)"), words_of("GEBURTSDATUM")
    (('customer', 'e', 'mail', 'address', '2'), ('telephone', 'prive'), ('geburtsdatum',))
    """
    plain = unicodedata.normalize("NFKD", name.translate(_LIGATURES))
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return tuple(word.lower() for word in _WORD.findall(_joined_mail(unicodedata.normalize("NFC", bare))))


def says(name: str, detector: Detector) -> bool:
    """Tell whether a column's name says that it holds what the detector detects.

    Examples
    --------
    >>> from penstock.catalog.classification.registry import detector
    >>> says("CustomerEmail", detector("email")), says("email_count", detector("email"))
    (True, False)
    """
    return _any_phrase(name, detector.names) and not _is_about(name, detector)


def hints(name: str, detector: Detector) -> bool:
    """Tell whether a column's name might say it.

    Examples
    --------
    >>> from penstock.catalog.classification.registry import detector
    >>> hints("name", detector("full_name"))
    True
    """
    return _any_phrase(name, detector.hints) and not _is_about(name, detector)


def _is_about(name: str, detector: Detector) -> bool:
    """Tell whether a name speaks about the thing only."""
    words = words_of(name)
    phrases = {word for phrase in detector.names for word in phrase.split()}
    return bool((_MEASURES if detector.flags else _ABOUT) & (set(words) - phrases))


def _any_phrase(name: str, phrases: tuple[str, ...]) -> bool:
    """Tell whether one of the phrases is in the name, as words or glued to others."""
    if not phrases:
        return False
    spaced = " ".join(words_of(name))
    searched, whole = _patterns(phrases)
    return searched.search(spaced) is not None or whole.fullmatch(spaced.replace(" ", "")) is not None


@cache
def _patterns(phrases: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds phrases among words, long ones also glued to a word's beginning or end; and alone."""
    glued = [phrase.replace(" ", "") for phrase in phrases]
    long = "|".join(re.escape(phrase) for phrase in glued if len(phrase) >= _GLUED) or "(?!)"
    words = "|".join(map(re.escape, phrases))
    return re.compile(f"(?<![^ ])(?:{words})(?= |$)|(?<![^ ])(?:{long})|(?:{long})(?= |$)"), re.compile(
        "|".join(map(re.escape, glued))
    )


def _joined_mail(name: str) -> str:
    """Keep ``eMail`` and ``EMail`` as they are usually meant: the words e and mail."""
    return re.sub(r"(?i)e-?mail", " e mail ", name)
