"""Criminal convictions and offences (GDPR Article 10)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="criminal_record",
    meaning="criminal convictions and offences",
    sensitivity="special",
    protect="drop",
    names=("criminal", "criminal record", "conviction", "convictions", "offence", "offense", "felony",
           "misdemeanor", "arrest", "arrests", "vorstrafe", "vorstrafen", "straftat", "casier judiciaire",
           "condamnation", "antecedentes penales", "casellario", "strafblad", "brottsregister",
           "recidivism"),
    shape=r"[^@]{1,200}",
    named=0.5,
    flags=True,
)  # fmt: skip
