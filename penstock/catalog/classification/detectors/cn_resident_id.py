"""Resident identity number of China: a birth date and ISO 7064 MOD 11-2 (GB 11643-1999)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, is_date, weighted
from penstock.catalog.classification.detector import Detector

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _test(value: str) -> bool:
    """Tell whether the birth date can be and the check character is right."""
    text = compact(value)
    born = is_date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    return born and "10X98765432"[weighted(text[:17], _WEIGHTS) % 11] == text[17]


DETECTOR = Detector(
    kind="cn_resident_id",
    meaning="Chinese resident identity number",
    names=("resident id", "shenfenzheng", "sfz", "身份证", "身份证号", "身份证号码", "公民身份号码"),
    hints=("national id", "id card", "id number", "id no", "idcard"),
    shape=r"[1-9]\d{5}(18|19|20)\d{9}[\dX]",
    within=r"\b[1-9]\d{5}(?:19|20)\d{9}[\dXx]\b",
    test=_test,
    chance=0.03,
    hinted=0.8,
    alone=0.9,
)
