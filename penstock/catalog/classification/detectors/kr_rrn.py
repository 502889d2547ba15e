"""Resident registration number of Korea: a birth date; numbers since October 2020 have no check digit."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, is_short_date
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the birth date can be."""
    digits = compact(value)
    return is_short_date(digits[:2], digits[2:4], digits[4:6])


DETECTOR = Detector(
    kind="kr_rrn",
    meaning="Korean resident registration number",
    names=("rrn", "jumin", "주민등록번호", "resident registration"),
    hints=("national id",),
    shape=r"\d{6}-?[0-9]\d{6}",
    shape_alone=r"\d{6}-[0-9]\d{6}",
    within=r"\b\d{6}-[1-8]\d{6}\b",
    test=_test,
    chance=0.037,
    named=0.9,
    hinted=0.95,
    alone=0.95,
    least=10,
)
