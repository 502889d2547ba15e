"""Postal code: with a birth date and a gender it tells most people apart (Sweeney, 2000)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

_UK = (
    r"(GIR ?0AA|[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]([0-9ABEHMNPRV-Y])?|[0-9][A-HJKPS-UW]) ?[0-9]"
    r"[ABD-HJLNP-UW-Z]{2})"
)
_CA = r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d"

DETECTOR = Detector(
    kind="postal_code",
    meaning="postal code",
    protect="keep",
    names=("zip", "zip code", "zipcode", "postal code", "postalcode", "postcode", "post code", "plz",
           "postleitzahl", "code postal", "codigo postal", "cap", "cep", "postnummer", "postnr",
           "kod pocztowy", "psc", "pincode", "pin code", "postinumero", "cp", "почтовый индекс", "邮编",
           "郵便番号"),
    shape=rf"\d{{3,6}}|\d{{5}}-\d{{3,4}}|\d{{3}}[- ]\d{{2,4}}|\d{{2}}-\d{{3}}|\d{{4}} ?[A-Z]{{2}}|"
    rf"[A-Z]{{1,2}}-\d{{4,5}}|{_UK}|{_CA}",
    shape_alone=rf"{_UK}|{_CA}",
    chance=0.01,
    named=0.7,
    alone=0.9,
    least=10,
)  # fmt: skip
