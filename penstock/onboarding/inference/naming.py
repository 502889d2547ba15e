"""Valid names of columns for those that a file has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_LONGEST = 100
_SPELT = str.maketrans(
    {"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "o", "Ø": "O",
     "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "€": "eur", "%": "percent", "#": "no", "&": "and", "°": "deg"}
)  # fmt: skip


def valid_names(names: Sequence[str]) -> list[str]:
    """Return names that a contract takes, in the same order, different whatever their case.

    Names that are valid stay as they are, unless an earlier one differs in letter case alone.

    Examples
    --------
    >>> valid_names(["id", "Größe (cm)", "ID", "", "2nd"])
    ['id', 'Groesse_cm', 'ID_2', 'column_4', 'column_2nd']
    """
    taken: set[str] = set()
    valid = []
    for place, name in enumerate(names, 1):
        wanted = _valid(name) or f"column_{place}"
        number, chosen = 2, wanted
        while chosen.lower() in taken:
            chosen, number = f"{wanted}_{number}", number + 1
        taken.add(chosen.lower())
        valid.append(chosen)
    return valid


def _valid(name: str) -> str:
    """Return a name with nothing but letters, digits and underscores; nothing if nothing is left."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name):
        return name
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).translate(_SPELT))
    words = re.findall(r"[A-Za-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    joined = "_".join(words)[:_LONGEST].rstrip("_")
    return f"column_{joined}" if joined[:1].isdigit() else joined
