"""Rijksregisternummer of Belgium: a birth date, and 97 minus the number modulo 97."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import padded
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the check number is right for a birth before or since 2000; months may be 20 or 40 up."""
    digits = padded(value, 11)
    body, check = digits[:9], int(digits[9:])
    month, day = int(digits[2:4]) % 20, int(digits[4:6])
    return month <= 12 and day <= 31 and check in {97 - int(body) % 97, 97 - int(f"2{body}") % 97}  # noqa: PLR2004


DETECTOR = Detector(
    kind="be_national_number",
    meaning="Belgian national register number",
    names=("rijksregisternummer", "rijksregister", "numero national", "registre national", "niss", "insz",
           "rrn", "nrn", "numero de registre national"),
    hints=("national id", "national number"),
    shape=r"\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[-. ]?\d{2}|\d{9,10}",
    shape_alone=r"\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[-. ]?\d{2}",
    within=r"\b\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}\b",
    test=_test,
    chance=0.013,
    hinted=0.8,
    alone=0.9,
)  # fmt: skip
