"""Burgerservicenummer of the Netherlands: the eleven test, with the last digit subtracted (RvIG)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import padded, varied, weighted
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the number passes the eleven test."""
    digits = padded(value, 9, lost=1)
    return varied(digits) and weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


DETECTOR = Detector(
    kind="nl_bsn",
    meaning="Dutch citizen service number",
    names=("bsn", "burgerservicenummer", "sofinummer", "sofi nummer", "sofi"),
    hints=("national id", "persoonsnummer"),
    shape=r"\d{4}\.?\d{2}\.?\d{3}|\d{8}",
    shape_alone=r"\d{9}",
    test=_test,
    chance=0.09,
    hinted=0.9,
    alone=0.95,
    least=10,
)
