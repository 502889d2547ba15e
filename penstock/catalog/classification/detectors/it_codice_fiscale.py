"""Codice fiscale of Italy: letters of the name, a birth date, a check letter (DM 23/12/1976)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact
from penstock.catalog.classification.detector import Detector

_ODD = dict(
    zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12,
         14, 16, 10, 22, 25, 24, 23), strict=True)
)  # fmt: skip
_DIGIT = "[0-9LMNPQRSTUV]"


def _test(value: str) -> bool:
    """Tell whether the check letter is right."""
    text = compact(value)
    odd = sum(_ODD[character] for character in text[0:15:2])
    even = sum(int(x) if x.isdecimal() else ord(x) - 65 for x in text[1:15:2])
    return chr(65 + (odd + even) % 26) == text[15]


DETECTOR = Detector(
    kind="it_codice_fiscale",
    meaning="Italian tax code",
    names=("codice fiscale", "cod fiscale", "cod fisc", "cf", "codfisc"),
    hints=("tax code", "fiscal code", "tax id"),
    shape=rf"[A-Z]{{6}}{_DIGIT}{{2}}[A-EHLMPRST]{_DIGIT}{{2}}[A-Z]{_DIGIT}{{3}}[A-Z]",
    within=r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
    test=_test,
    chance=0.04,
    hinted=0.7,
    alone=0.8,
)
