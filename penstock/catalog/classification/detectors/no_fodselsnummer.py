"""Fødselsnummer of Norway: a birth date and two check digits modulo 11 (Skatteetaten)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import is_short_date, padded, weighted
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the birth date can be and both check digits are right; a D-number adds 40 to the day."""
    digits = padded(value, 11, lost=1)
    day, month = int(digits[:2]) % 40, int(digits[2:4]) % 40
    first = weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return first == second == 0 and is_short_date(digits[4:6], str(month), str(day))


DETECTOR = Detector(
    kind="no_fodselsnummer",
    meaning="Norwegian national identity number",
    names=("fodselsnummer", "fodselsnr", "fnr", "personnummer"),
    hints=("national id",),
    shape=r"\d{6} ?\d{5}|\d{10}",
    shape_alone=r"\d{6} ?\d{5}",
    test=_test,
    chance=0.003,
    hinted=0.8,
    alone=0.9,
)
