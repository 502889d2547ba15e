"""CNPJ of Brazil: two check digits modulo 11; letters too since 2026 (Receita Federal IN 2229/2024)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import padded, varied
from penstock.catalog.classification.detector import Detector

_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def _digit(text: str) -> int:
    """Return the check digit of what stands before it."""
    weights = _WEIGHTS[-len(text) :]
    total = sum((ord(character) - 48) * weight for character, weight in zip(text, weights, strict=True))
    return (-total) % 11 % 10


def _test(value: str) -> bool:
    """Tell whether both check digits are right."""
    text = padded(value, 14)
    return varied(text) and text[12:] == f"{_digit(text[:12])}{_digit(text[:13])}"


DETECTOR = Detector(
    kind="br_cnpj",
    meaning="Brazilian CNPJ (of a firm, which may be one person)",
    protect="keep",
    names=("cnpj",),
    hints=("documento",),
    shape=r"[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}|\d{12,13}",
    shape_alone=r"\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}",
    test=_test,
    chance=0.01,
    hinted=0.8,
    alone=0.9,
)
