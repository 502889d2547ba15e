"""NHS number of England and Wales: modulo 11 (NHS Data Dictionary)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, varied, weighted
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the check digit is right."""
    digits = compact(value)
    return varied(digits) and weighted(digits, range(10, 0, -1)) % 11 == 0


DETECTOR = Detector(
    kind="uk_nhs_number",
    meaning="UK NHS number",
    names=("nhs", "nhs number", "nhs no"),
    hints=("patient id", "patient number", "health number"),
    shape=r"\d{3}[- ]?\d{3}[- ]?\d{4}",
    test=_test,
    chance=0.09,
    hinted=0.9,
    alone=0.95,
    least=10,
)
