"""NIF of Portugal: modulo 11 over nine digits."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, weighted
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the check digit is right."""
    digits = compact(value)
    expected = 11 - weighted(digits[:8], range(9, 1, -1)) % 11
    return int(digits[8]) == (0 if expected >= 10 else expected)  # noqa: PLR2004


DETECTOR = Detector(
    kind="pt_nif",
    meaning="Portuguese tax number",
    names=("nif", "contribuinte", "numero contribuinte"),
    hints=("tax id",),
    shape=r"[1-35]\d{2} ?\d{3} ?\d{3}|45\d ?\d{3} ?\d{3}",
    test=_test,
    chance=0.1,
    named=0.8,
    hinted=0.95,
    alone=0.97,
    least=15,
)
