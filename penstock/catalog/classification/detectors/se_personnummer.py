"""Personnummer and samordningsnummer of Sweden: a birth date and a Luhn digit (Skatteverket SKV 704)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import is_short_date, luhn
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the birth date can be and the check digit is right; coordination numbers add 60 days."""
    digits = "".join(filter(str.isdecimal, value))[-10:]
    day = int(digits[4:6])
    return is_short_date(digits[:2], digits[2:4], str(day - 60 if day > 60 else day)) and luhn(digits)  # noqa: PLR2004


DETECTOR = Detector(
    kind="se_personnummer",
    meaning="Swedish personal identity number",
    names=("personnummer", "personnr", "pnr", "samordningsnummer"),
    hints=("national id", "person id", "fodelsenummer"),
    shape=r"(18|19|20)?\d{6}[-+ ]?\d{4}",
    within=r"\b(?:19|20)?\d{6}[-+]\d{4}\b",
    test=_test,
    chance=0.04,
    hinted=0.8,
    alone=0.9,
)
