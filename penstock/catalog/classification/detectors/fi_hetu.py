"""Henkilötunnus of Finland: a birth date, a sign for the century and a check character modulo 31 (DVV)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import is_short_date
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the birth date can be and the check character is right."""
    born = is_short_date(value[4:6], value[2:4], value[:2])
    return born and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(value[:6] + value[7:10]) % 31] == value[10].upper()


DETECTOR = Detector(
    kind="fi_hetu",
    meaning="Finnish personal identity code",
    names=("hetu", "henkilotunnus", "personbeteckning"),
    hints=("national id",),
    shape=r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]",
    within=r"\b\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]\b",
    test=_test,
    chance=0.01,
    hinted=0.8,
    alone=0.85,
)
