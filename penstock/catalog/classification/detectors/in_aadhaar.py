"""Aadhaar of India: twelve digits, the first not 0 or 1, with a Verhoeff check digit (UIDAI)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, verhoeff
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the check digit is right; palindromes are not given out."""
    digits = compact(value)
    return digits != digits[::-1] and verhoeff(digits)


DETECTOR = Detector(
    kind="in_aadhaar",
    meaning="Indian Aadhaar number",
    names=("aadhaar", "aadhar", "adhaar", "uidai"),
    hints=("national id", "uid"),
    shape=r"[2-9]\d{3}[- ]?\d{4}[- ]?\d{4}",
    within=r"\b[2-9]\d{3} \d{4} \d{4}\b",
    test=_test,
    chance=0.1,
    hinted=0.9,
    alone=0.95,
    least=10,
)
