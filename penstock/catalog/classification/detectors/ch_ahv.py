"""AHV number of Switzerland: 756 and an EAN-13 check digit."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, weighted
from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="ch_ahv",
    meaning="Swiss AHV number",
    names=("ahv", "ahv nummer", "ahvnr", "avs", "numero avs", "sozialversicherungsnummer"),
    shape=r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}",
    within=r"\b756\.\d{4}\.\d{4}\.\d{2}\b",
    test=lambda value: weighted(compact(value), (1, 3) * 6 + (1,)) % 10 == 0,
    chance=0.0001,
    alone=0.9,
)
