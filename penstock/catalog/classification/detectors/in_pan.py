"""Permanent Account Number of India: the fourth letter tells the kind of holder."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="in_pan",
    meaning="Indian permanent account number",
    names=("pan number", "pan card", "permanent account", "pan no"),
    hints=("pan", "tax id"),
    shape=r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]",
    within=r"\b[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]\b",
    chance=0.4,
    hinted=0.9,
    alone=0.98,
    least=20,
)
