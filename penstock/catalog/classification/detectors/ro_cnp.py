"""Cod numeric personal of Romania: a sex and century, a birth date and a weighted check digit."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, is_short_date, weighted
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the birth date can be and the check digit is right."""
    digits = compact(value)
    check = "01234567891"[weighted(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11]
    return is_short_date(digits[1:3], digits[3:5], digits[5:7]) and digits[12] == check


DETECTOR = Detector(
    kind="ro_cnp",
    meaning="Romanian personal numeric code",
    names=("cnp", "cod numeric personal"),
    hints=("national id",),
    shape=r"[1-9]\d{12}",
    test=_test,
    chance=0.03,
    hinted=0.8,
    alone=0.9,
)
