"""T.C. kimlik numarasi of Türkiye: two check digits."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether both check digits are right."""
    digits = [int(digit) for digit in compact(value)]
    first = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[9] == first and digits[10] == sum(digits[:10]) % 10


DETECTOR = Detector(
    kind="tr_kimlik",
    meaning="Turkish identity number",
    names=("tc kimlik", "kimlik no", "kimlik numarasi", "tckn", "kimlik"),
    hints=("national id",),
    shape=r"[1-9]\d{10}",
    test=_test,
    chance=0.01,
    hinted=0.8,
    alone=0.9,
)
