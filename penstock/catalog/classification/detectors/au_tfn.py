"""Tax file number of Australia: weighted modulo 11."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, varied, weighted
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the weighted sum is a multiple of eleven."""
    digits = compact(value)
    return varied(digits) and weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


DETECTOR = Detector(
    kind="au_tfn",
    meaning="Australian tax file number",
    names=("tfn", "tax file number", "tax file"),
    shape=r"\d{3} ?\d{3} ?\d{3}",
    test=_test,
    chance=0.09,
    named=0.8,
    alone=0.96,
    least=15,
)
