"""A number that a state gives to a person, of a country that has no detector of its own."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="national_id",
    meaning="national identity number",
    names=("national id", "nationalid", "national identification", "national insurance", "identity number",
           "citizen id", "personal id", "personal code", "personal number", "tax identification",
           "taxpayer id", "id nacional", "cedula", "rut", "egn", "jmbg", "oib", "isikukood",
           "asmens kodas", "personas kods", "nric", "my number", "マイナンバー",
           "nik", "snils", "снилс", "инн"),
    hints=("tin", "tax id"),
    shape=r"[A-Z]{0,4}[-. ]?\d[\dA-Z./ -]{5,20}",
    named=0.8,
)  # fmt: skip
