"""Social Insurance Number of Canada: nine digits with a Luhn digit."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, luhn, varied
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the check digit is right."""
    digits = compact(value)
    return varied(digits) and luhn(digits)


DETECTOR = Detector(
    kind="ca_sin",
    meaning="Canadian social insurance number",
    names=("sin", "social insurance", "social insurance number", "numero assurance sociale", "nas"),
    hints=("national id",),
    shape=r"[1-79]\d{2}[- ]?\d{3}[- ]?\d{3}",
    shape_alone=r"[1-79]\d{2}[- ]?\d{3}[- ]?\d{3}",
    within=r"\b[1-79]\d{2}-\d{3}-\d{3}\b",
    test=_test,
    chance=0.1,
    named=0.8,
    hinted=0.9,
    alone=0.95,
    least=15,
)
