"""Membership of a trade union (GDPR Article 9)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="trade_union",
    meaning="membership of a trade union",
    sensitivity="special",
    protect="drop",
    names=("trade union", "labor union", "labour union", "union member", "union membership",
           "gewerkschaft", "gewerkschaftsmitglied", "syndicat", "syndique", "sindicato",
           "afiliacion sindical", "sindacato", "vakbond", "fackforbund", "zwiazek zawodowy"),
    shape=r"[^@]{1,200}",
    named=0.5,
    flags=True,
)  # fmt: skip
