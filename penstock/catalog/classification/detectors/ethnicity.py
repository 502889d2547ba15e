"""Racial or ethnic origin (GDPR Article 9)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

_WORDS = frozenset(
    (
        "caucasian|african american|hispanic|latino|latina|hispanic or latino|white british|white "
        "irish|black african|black caribbean|asian indian|native american|american indian or alaska "
        "native|pacific islander|native hawaiian or other pacific islander|black or african american|white "
        "non-hispanic|black|asian|mixed race|two or more races|roma|han|arab|south asian|east asian|two or "
        "more"
    ).split("|")
)


DETECTOR = Detector(
    kind="ethnicity",
    meaning="racial or ethnic origin",
    sensitivity="special",
    protect="drop",
    names=("ethnicity", "ethnic", "race", "racial", "ethnic group", "ethnic origin", "ethnie", "herkunft",
           "ethnische herkunft", "origine ethnique", "etnia", "raza", "etnicidad", "razza", "raca",
           "etniciteit", "etnicitet", "migrationshintergrund", "tribe", "caste", "skin color",
           "skin colour", "民族"),
    shape=r"[^@]{1,80}",
    test_alone=lambda value: value.lower() in _WORDS,
    chance=0.0001,
    alone=0.6,
    least=3,
    named=0.5,
    flags=True,
)  # fmt: skip
