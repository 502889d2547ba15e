"""Numéro d'inscription au répertoire (social security) of France: 97 minus the number modulo 97 (INSEE)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the key is right; 2A and 2B stand for Corsica."""
    text = compact(value)
    body = text[:13].replace("2A", "19").replace("2B", "18")
    return body.isdecimal() and 97 - int(body) % 97 == int(text[13:])


DETECTOR = Detector(
    kind="fr_nir",
    meaning="French social security number",
    names=(
        "nir",
        "numero secu",
        "num secu",
        "securite sociale",
        "numero de securite sociale",
        "insee",
        "nss",
    ),
    hints=("national id",),
    shape=r"[1-478] ?\d{2} ?(0[1-9]|1[0-2]|[2-9]\d) ?(\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
    within=r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b",
    test=_test,
    chance=0.01,
    hinted=0.8,
    alone=0.9,
)
