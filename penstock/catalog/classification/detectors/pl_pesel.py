"""PESEL of Poland: a birth date whose month tells the century, and a weighted check digit."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import is_date, padded, weighted
from penstock.catalog.classification.detector import Detector

_CENTURIES = (1900, 2000, 2100, 2200, 1800)


def _test(value: str) -> bool:
    """Tell whether the birth date can be and the check digit is right."""
    digits = padded(value, 11)
    century, month = divmod(int(digits[2:4]), 20)
    born = is_date(_CENTURIES[century] + int(digits[:2]), month, int(digits[4:6]))
    return born and weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


DETECTOR = Detector(
    kind="pl_pesel",
    meaning="Polish PESEL",
    names=("pesel",),
    hints=("national id",),
    shape=r"\d{9,11}",
    shape_alone=r"\d{11}",
    test=_test,
    chance=0.04,
    hinted=0.8,
    alone=0.9,
)
