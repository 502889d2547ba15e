"""National Insurance number of the United Kingdom: rules on its letters (HMRC NIM39110)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact
from penstock.catalog.classification.detector import Detector

_NEVER = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})

DETECTOR = Detector(
    kind="uk_nino",
    meaning="UK National Insurance number",
    names=("nino", "national insurance", "ni number", "nat ins", "ni no"),
    hints=("national id", "nin"),
    shape=r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]?",
    shape_alone=r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
    within=r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b",
    test=lambda value: compact(value)[:2] not in _NEVER,
    chance=0.06,
    alone=0.9,
    least=8,
)
