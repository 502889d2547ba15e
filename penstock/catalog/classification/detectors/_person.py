"""Shapes of people's names: given, family and full."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from penstock.catalog.classification.detectors._people import (
    CYRILLIC_GIVEN,
    FAMILY,
    GIVEN,
    HAN_FAMILY,
    HANGUL_FAMILY,
    JAPANESE_FAMILY,
)

SHAPE = r"[^\W\d_][^\d_@/\\:;#%+*=<>{}\[\]!?|]{0,60}"
MENTION = (
    r"\b(?:(?:Mr|Mrs|Ms|Miss|Dr|Herrn?|Frau|Mme|Mlle|Monsieur|Madame|Señora?|Sra?|Signora?|Dear|Hello|Hi|Liebe[r]?|"
    r"Bonjour|Hola|Ciao|Name:|Contact:)\.? )?[A-ZÄÖÜÉÈŁŚŻÅØ][a-zà-öø-ÿżźćńółęąśšžč]+"
    r"(?: (?:de |van |von |der )*[A-ZÄÖÜÉÈŁŚŻÅØ][a-zà-öø-ÿżźćńółęąśšžč]+)?"
)
"""One or two words in upper case, perhaps after a form of address."""
_ADDRESSED = re.compile(
    r"(Mr|Mrs|Ms|Miss|Dr|Herrn?|Frau|Mme|Mlle|Monsieur|Madame|Señora?|Sra?|Signora?|Dear|Hello|Hi|Liebe[r]?|Bonjour|Hola|"
    r"Ciao|Name:|Contact:)\.? "
)
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "\u0131": "i", "đ": "d", "'": "", "\u2019": ""}
)
_PARTS = re.compile(r"[\s,.\-]+")
_TITLES = frozenset(
    "mr mrs ms miss mx dr prof herr frau hr fr mme mlle sig sra sr don dona doña ing dipl md phd jr ii iii "
    "iv dds dvm mag "
    "univ bsc msc ba ma".split()
)
_PARTICLES = frozenset(
    "de del della di da dos das do van von der den ter ten zu vom la le les el al bin ibn abu y e".split()
)
_NOT_PEOPLE = frozenset(
    "inc ltd llc gmbh ag plc corp co kg ohg sa sas sarl srl spa bv nv ab oy as aps kft sp zoo group gruppe "
    "sons partners company associates holding holdings bank industries solutions services systems "
    "technologies stiftung verein university hospital school street road avenue park city county lake beach "
    "saint san santa santo st bad sankt north south east west new upper lower port fort mount team store "
    "shop cafe hotel restaurant "
    "hermanos hnos fratelli figli cie et und and".split()
)
_CYRILLIC_FAMILY = re.compile(r".{2,}(ов|ова|ев|ева|ёв|ёва|ин|ина|ский|ская|цкий|цкая|енко|ко|чук|ых)")
_ENDINGS = re.compile(
    r".{2,}(sson|ssen|rsen|nsen|tsen|owski|ewski|inski|ynski|owska|ewska|inska|cki|cka|wicz|czyk|poulos|akis|idis|oglu|"
    r"escu|shvili|enko)|mc[a-z]{3,}"
)
"""Endings (and one beginning) of family names that places seldom have."""
_CYRILLIC_PATRONYMIC = re.compile(r".{2,}(вич|вна|ична)")
_MOST_PARTS = 5


@lru_cache(maxsize=8_192)
def parts_of(value: str) -> tuple[str, ...]:
    """Return the parts of a name, folded; nothing when one of them does not belong to a person."""
    plain = unicodedata.normalize("NFKD", value.lower().translate(_LETTERS))
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    parts = tuple(part for part in _PARTS.split(unicodedata.normalize("NFC", bare)) if part)
    return () if _NOT_PEOPLE.intersection(parts) else tuple(part for part in parts if part not in _TITLES)


def is_given(value: str) -> bool:
    """Tell whether it is one frequent given name, or several."""
    parts = parts_of(value)
    return 1 <= len(parts) <= 3 and all(part in GIVEN or part in CYRILLIC_GIVEN for part in parts)  # noqa: PLR2004


def is_family(value: str) -> bool:
    """Tell whether it is a frequent family name, perhaps of two parts or with particles."""
    parts = tuple(part for part in parts_of(value) if part not in _PARTICLES)
    known = [_ends_family(part) for part in parts]
    return any(known) if len(parts) == 1 else len(parts) == 2 and all(known)  # noqa: PLR2004


def is_full(value: str) -> bool:
    """Tell whether a given and a family name stand together, of which one is frequent."""
    parts = tuple(part for part in parts_of(value) if part not in _PARTICLES)
    if len(parts) < 2:  # noqa: PLR2004
        return _is_full_eastern(value)
    given = any(
        part in GIVEN or part in CYRILLIC_GIVEN or _CYRILLIC_PATRONYMIC.fullmatch(part) for part in parts
    )
    family = _ends_family(parts[-1]) and not _ends_family(parts[0])
    return (len(parts) <= _MOST_PARTS and (given or family)) or _is_full_eastern(value)


def is_mentioned(text: str) -> bool:
    """Tell whether a person is addressed or named by words that are frequent names."""
    addressed = _ADDRESSED.match(text)
    parts = parts_of(text[addressed.end() :] if addressed else text)
    if addressed:
        return any(part in GIVEN or part in FAMILY for part in parts)
    return len(parts) >= 2 and parts[0] in GIVEN and parts[-1] in FAMILY  # noqa: PLR2004


def is_any_name(value: str) -> bool:
    """Tell whether it has the shape of a name: a few words without digits that begin in upper case."""
    words = value.replace(",", " ").split()
    return 1 <= len(words) <= _MOST_PARTS + 1 and parts_of(value) != ()


def _ends_family(part: str) -> bool:
    """Tell whether a part is a family name."""
    return part in FAMILY or bool(_CYRILLIC_FAMILY.fullmatch(part) or _ENDINGS.fullmatch(part))


def _is_full_eastern(value: str) -> bool:
    """Tell whether it is a Chinese, Japanese or Korean name, family name first."""
    text = "".join(value.split())
    if re.fullmatch(r"[\uac00-\ud7a3]{3}", text):
        return text[0] in HANGUL_FAMILY
    if re.fullmatch(r"[\u4e00-\u9fff々]{2,3}", text) and text[0] in HAN_FAMILY:
        return True
    return any(text.startswith(name) for name in JAPANESE_FAMILY) and bool(
        re.fullmatch(r"[\u3040-\u30ff\u4e00-\u9fff々]{3,6}", text)
    )
