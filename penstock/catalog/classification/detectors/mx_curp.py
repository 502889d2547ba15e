"""CURP of Mexico: letters of the name, a birth date, a sex, a state and a check digit (SEGOB)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, is_short_date
from penstock.catalog.classification.detector import Detector

_ALPHABET = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


def _test(value: str) -> bool:
    """Tell whether the birth date can be and the check digit is right."""
    text = compact(value)
    total = sum(_ALPHABET.index(character) * (18 - place) for place, character in enumerate(text[:17]))
    return is_short_date(text[4:6], text[6:8], text[8:10]) and (-total) % 10 == int(text[17])


DETECTOR = Detector(
    kind="mx_curp",
    meaning="Mexican CURP",
    names=("curp",),
    hints=("national id",),
    shape=r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d",
    within=r"\b[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d\b",
    test=_test,
    chance=0.01,
    hinted=0.7,
    alone=0.8,
)
