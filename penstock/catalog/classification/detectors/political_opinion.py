"""Political opinion (GDPR Article 9)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

_WORDS = frozenset(
    (
        "democrat|republican|libertarian|labour|conservative|liberal democrat|green party|socialist|"
        "communist|cdu|spd|fdp|afd|die linke|bündnis 90/die grünen"
    ).split("|")
)


DETECTOR = Detector(
    kind="political_opinion",
    meaning="political opinion",
    sensitivity="special",
    protect="drop",
    names=("political", "political party", "political affiliation", "party affiliation",
           "party membership", "voted for", "voting intention", "parteizugehorigkeit",
           "parteimitgliedschaft", "politische", "opinion politique", "afiliacion politica",
           "partito politico", "politieke", "politisk"),
    shape=r"[^@]{1,200}",
    test_alone=lambda value: value.lower() in _WORDS,
    chance=0.0001,
    alone=0.75,
    least=3,
    named=0.5,
    flags=True,
)  # fmt: skip
