"""Steuer-Identifikationsnummer of Germany: ISO 7064 MOD 11,10 and a rule on repeated digits (139b AO)."""

from __future__ import annotations

from collections import Counter

from penstock.catalog.classification.check_digits import compact, mod_11_10
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the check digit is right and one digit stands twice or three times before it."""
    digits = compact(value)
    counts = sorted(Counter(digits[:10]).values(), reverse=True)
    return counts[0] in {2, 3} and counts[1] == 1 and mod_11_10(digits)


DETECTOR = Detector(
    kind="de_tax_id",
    meaning="German tax identification number",
    names=(
        "steuer id",
        "steuerid",
        "steuernummer",
        "steuer nr",
        "idnr",
        "steueridentifikationsnummer",
        "tax id",
    ),
    hints=("tin", "tax number", "identifikationsnummer"),
    shape=r"[1-9]\d ?\d{3} ?\d{3} ?\d{3}",
    test=_test,
    chance=0.005,
    hinted=0.8,
    alone=0.9,
)
