"""CPF of Brazil: two check digits modulo 11 (Receita Federal)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import padded, varied, weighted
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether both check digits are right."""
    digits = padded(value, 11)
    first = weighted(digits[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(digits[:10], range(11, 1, -1)) * 10 % 11 % 10
    return varied(digits) and digits[9:] == f"{first}{second}"


DETECTOR = Detector(
    kind="br_cpf",
    meaning="Brazilian CPF",
    names=("cpf",),
    hints=("documento", "national id", "cpf cnpj"),
    shape=r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}|\d{9,10}",
    shape_alone=r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}",
    within=r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b",
    test=_test,
    chance=0.01,
    hinted=0.8,
    alone=0.9,
)
