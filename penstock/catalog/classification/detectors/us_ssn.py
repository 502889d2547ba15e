"""Social Security number of the United States: no check digit, but rules (SSA, randomised since 2011)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import padded
from penstock.catalog.classification.detector import Detector

_ADVERTISED = frozenset({"078051120", "219099999"})


def _test(value: str) -> bool:
    """Tell whether area, group and serial are ones that are issued."""
    digits = padded(value, 9)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    issued = area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"
    return issued and digits not in _ADVERTISED


DETECTOR = Detector(
    kind="us_ssn",
    meaning="US Social Security number",
    names=("ssn", "social security", "social security number", "soc sec", "ss number", "us ssn"),
    hints=("national id", "tax id", "tin", "taxpayer id", "id number"),
    shape=r"\d{3}[- ]?\d{2}[- ]?\d{4}|\d{7,8}",
    shape_alone=r"\d{3}-\d{2}-\d{4}",
    within=r"\b\d{3}-\d{2}-\d{4}\b",
    test=_test,
    chance=0.5,
    named=0.7,
    hinted=0.95,
    alone=0.95,
    least=20,
)
