"""Rodné číslo of Czechia and Slovakia: a birth date (women's months 50 more), a multiple of eleven."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, is_short_date
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the birth date can be and the number is a multiple of eleven, or nearly."""
    digits = compact(value)
    month = int(digits[2:4]) % 50 % 20
    right = int(digits) % 11 == 0 or (digits[9] == "0" and int(digits[:9]) % 11 == 10)  # noqa: PLR2004
    return right and is_short_date(digits[:2], str(month), digits[4:6])


DETECTOR = Detector(
    kind="cz_birth_number",
    meaning="Czech or Slovak birth number",
    names=("rodne cislo", "rc", "birth number"),
    hints=("national id",),
    shape=r"\d{6}/?\d{4}",
    test=_test,
    chance=0.015,
    hinted=0.8,
    alone=0.92,
    least=10,
)
