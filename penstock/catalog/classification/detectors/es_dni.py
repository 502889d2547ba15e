"""DNI and NIE of Spain: the letter is the number modulo 23 (Real Decreto 1553/2005)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact
from penstock.catalog.classification.detector import Detector

_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def _test(value: str) -> bool:
    """Tell whether the letter is right; X, Y and Z of a NIE stand for 0, 1 and 2."""
    text = compact(value)
    digits = text[:-1].translate(str.maketrans("XYZ", "012"))
    return _LETTERS[int(digits) % 23] == text[-1]


DETECTOR = Detector(
    kind="es_dni",
    meaning="Spanish identity number (DNI or NIE)",
    names=("dni", "nie", "nif", "documento nacional", "documento identidad", "numero identidad"),
    hints=("national id", "documento"),
    shape=r"\d{2}\.?\d{3}\.?\d{3}[- ]?[A-Z]|[XYZ][- ]?\d{7}[- ]?[A-Z]",
    within=r"\b(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]\b",
    test=_test,
    chance=0.04,
    hinted=0.8,
    alone=0.9,
)
