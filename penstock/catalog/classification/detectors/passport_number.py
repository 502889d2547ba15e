"""Number of a passport or identity card: known by the name of its column."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="passport_number",
    meaning="number of a passport or identity card",
    names=("passport", "passport number", "passport no", "reisepass", "passnummer", "ausweisnummer",
           "personalausweis", "passeport", "pasaporte", "passaporto", "passaporte", "paspoort",
           "paspoortnummer", "identity card", "id card", "护照", "паспорт"),
    hints=("national id", "document number", "id document"),
    shape=r"[A-Z0-9<]{0,3}[ -]?\d[A-Z0-9 -]{4,11}",
    named=0.7,
)  # fmt: skip
