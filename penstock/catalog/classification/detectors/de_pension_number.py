"""Versicherungsnummer of the German pension insurance: a birth date and a check digit (VKVV section 4)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact
from penstock.catalog.classification.detector import Detector

_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)


def _test(value: str) -> bool:
    """Tell whether month and day can be, and the check digit is right."""
    text = compact(value)
    day, month = int(text[2:4]), int(text[4:6])
    if not (1 <= month <= 12 and 1 <= day % 50 <= 31):  # noqa: PLR2004
        return False
    digits = f"{text[:8]}{ord(text[8]) - 64:02d}{text[9:11]}"
    total = sum(sum(divmod(int(x) * weight, 10)) for x, weight in zip(digits, _WEIGHTS, strict=True))
    return total % 10 == int(text[11])


DETECTOR = Detector(
    kind="de_pension_number",
    meaning="German pension insurance number",
    names=("rentenversicherungsnummer", "rvnr", "rv nummer", "svnr", "sozialversicherungsnummer", "sv nummer",
           "versicherungsnummer", "rentenversicherung"),
    shape=r"\d{2} ?\d{6} ?[A-Z] ?\d{2} ?\d",
    within=r"\b\d{2} ?\d{6} ?[A-Z] ?\d{3}\b",
    test=_test,
    chance=0.04,
    alone=0.9,
)  # fmt: skip
