"""Marital status."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

_WORDS = frozenset(
    "single married divorced widowed separated widow widower engaged ledig verheiratet geschieden verwitwet "
    "celibataire célibataire marie marié mariée divorce divorcé divorcée veuf veuve soltero soltera casado "
    "casada divorciado divorciada viudo viuda celibe nubile coniugato coniugata divorziato divorziata "
    "vedovo vedova solteiro solteira "
    "viúvo viúva ongehuwd gehuwd gescheiden weduwe gift ogift skild".split()
)

DETECTOR = Detector(
    kind="marital_status",
    meaning="marital status",
    protect="keep",
    names=("marital", "marital status", "civil status", "familienstand", "etat civil", "situation familiale",
           "estado civil", "stato civile", "burgerlijke staat", "civilstand", "stan cywilny", "married"),
    shape=r"[^@]{1,40}",
    test_alone=lambda value: value.lower() in _WORDS,
    chance=0.0001,
    named=0.5,
    alone=0.75,
    least=3,
    flags=True,
)  # fmt: skip
