"""Nationality, citizenship or place of birth: personal; it may hint at origin, which is special."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="nationality",
    meaning="nationality or place of birth",
    protect="keep",
    names=("nationality", "citizenship", "staatsangehorigkeit", "nationalitat", "nationalite",
           "citoyennete", "nacionalidad", "ciudadania", "nazionalita", "cittadinanza", "nacionalidade",
           "nationaliteit", "nationalitet", "medborgarskap", "obywatelstwo", "birth place",
           "place of birth", "birthplace", "geburtsort", "lieu naissance", "lieu de naissance",
           "lugar de nacimiento", "luogo di nascita", "国籍"),
    shape=r"[^\d@]{2,60}|\d{1,3}",
    named=0.6,
)  # fmt: skip
