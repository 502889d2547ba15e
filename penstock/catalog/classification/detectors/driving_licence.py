"""Number of a driving licence: known by the name of its column."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="driving_licence",
    meaning="number of a driving licence",
    names=("driving licence", "driving license", "driver license", "driver licence", "drivers license",
           "drivers licence", "driver s license", "dl number", "fuhrerschein", "fuhrerscheinnummer",
           "permis de conduire", "permis conduire", "carnet de conducir", "patente", "rijbewijs",
           "korkort", "prawo jazdy"),
    shape=r"[A-Z0-9][A-Z0-9 *-]{4,20}",
    test=lambda value: any(map(str.isdecimal, value)),
    named=0.7,
)  # fmt: skip
