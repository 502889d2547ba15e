"""CPR number of Denmark: a birth date; the modulus 11 test holds no longer for numbers since 2007."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import is_short_date, padded
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the birth date can be."""
    digits = padded(value, 10, lost=1)
    return is_short_date(digits[4:6], digits[2:4], digits[:2])


DETECTOR = Detector(
    kind="dk_cpr",
    meaning="Danish CPR number",
    names=("cpr", "cpr nummer", "cprnr", "personnummer", "cpr nr"),
    shape=r"\d{6}[- ]?\d{4}|\d{9}",
    shape_alone=r"\d{6}-\d{4}",
    test=_test,
    chance=0.037,
    named=0.9,
    alone=0.98,
    least=15,
)
