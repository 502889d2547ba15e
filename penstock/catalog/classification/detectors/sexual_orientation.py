"""Sex life or sexual orientation (GDPR Article 9)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

_WORDS = frozenset(
    (
        "heterosexual|homosexual|bisexual|gay|lesbian|straight|asexual|pansexual|queer|heterosexuell|"
        "homosexuell|bisexuell|hétérosexuel|homosexuel|bisexuel"
    ).split("|")
)


DETECTOR = Detector(
    kind="sexual_orientation",
    meaning="sexual orientation",
    sensitivity="special",
    protect="drop",
    names=("sexual orientation", "sexual preference", "sexuality", "sex life", "sexuelle orientierung",
           "orientation sexuelle", "orientacion sexual", "orientamento sessuale", "orientacao sexual",
           "seksuele geaardheid", "sexuell laggning", "lgbt"),
    shape=r"[^@]{1,200}",
    test_alone=lambda value: value.lower() in _WORDS,
    chance=0.0001,
    alone=0.6,
    least=2,
    named=0.5,
    flags=True,
)  # fmt: skip
