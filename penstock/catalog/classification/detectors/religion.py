"""Religion or belief (GDPR Article 9)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

_WORDS = frozenset(
    (
        "christian|catholic|protestant|muslim|islam|islamic|hindu|hinduism|buddhist|buddhism|jewish|judaism|"
        "sikh|sikhism|atheist|agnostic|orthodox|christianity|mormon|evangelisch|katholisch|"
        "römisch-katholisch|roman catholic|muslimisch|jüdisch|konfessionslos|buddhistisch|catholique|"
        "musulman|juif|protestante|católico|católica|musulmán|judío|cattolico|musulmano|ebreo|buddista|"
        "katholiek|protestants|moslim|joods|bahai|jain|anglican|baptist|methodist|lutheran|no religion|"
        "no religious affiliation|佛教|基督教|伊斯兰教"
    ).split("|")
)


DETECTOR = Detector(
    kind="religion",
    meaning="religion or belief",
    sensitivity="special",
    protect="drop",
    names=("religion", "religious", "faith", "denomination", "konfession", "religionszugehorigkeit",
           "religionszugehoerigkeit", "glaube", "kirchensteuer", "confession", "croyance", "creencia",
           "culto", "confessione", "religiao", "geloof", "godsdienst", "religionstillhorighet", "wyznanie",
           "вероисповедание", "宗教"),
    shape=r"[^@]{1,200}",
    test_alone=lambda value: value.lower() in _WORDS,
    chance=0.0001,
    alone=0.6,
    least=2,
    named=0.5,
    flags=True,
)  # fmt: skip
