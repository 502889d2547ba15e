"""Identity number of South Africa: a birth date and a Luhn digit."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import is_short_date, luhn, padded
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the birth date can be and the check digit is right."""
    digits = padded(value, 13)
    return is_short_date(digits[:2], digits[2:4], digits[4:6]) and luhn(digits)


DETECTOR = Detector(
    kind="za_id",
    meaning="South African identity number",
    names=("sa id", "rsa id", "said"),
    hints=("national id", "id number", "identity number"),
    shape=r"\d{6} ?\d{4} ?[01]\d{2}|\d{11,12}",
    shape_alone=r"\d{6} ?\d{4} ?[01][89]\d",
    test=_test,
    chance=0.001,
    hinted=0.8,
    alone=0.9,
)
