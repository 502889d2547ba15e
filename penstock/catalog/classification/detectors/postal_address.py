"""Postal address or street: a word for a street and a number, or a post box."""

from __future__ import annotations

import re

from penstock.catalog.classification.detector import Detector

_STREET = re.compile(
    r"(?i)\b(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|terrace|ter|way|"
    r"crescent|close|highway|hwy|parkway|pkwy|trail|circle|cir|row|walk|mews|gardens|grove|hill|view|heights|"
    r"apt|suite|ste|unit|flat|"
    r"weg|platz|allee|gasse|ring|damm|ufer|chaussee|str|rue|chemin|impasse|quai|cours|allées?|route|calle|c/|avenida|"
    r"avda|av|paseo|plaza|camino|carrera|cra|ronda|urbanización|via|viale|piazza|corso|vicolo|largo|strada|contrada|"
    r"borgo|rua|travessa|alameda|praça|rodovia|estrada|ulica|ul|aleja|al|plac|os|osiedle|alle|gate|gata|"
    r"vej|gade|väg|stræde|cadde|caddesi|sokak|sk|улица|ул|проспект|пр|пер|бульвар|наб)\b\.?|"
    r"\w{2,}(straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|straat|laan|plein|gracht|kade|gatan|gränd|vägen|"
    r"väg|gata|veien|vegen|vej|gade|gate|katu|tie|kuja|polku)\b|"
    r"\b(p\.? ?o\.? box|postfach|postbus|boîte postale|apartado)\b|"
    r"[\u4e00-\u9fff](路|街|巷|弄|号|區|区|丁目|市)"
)
_NUMBER = re.compile(r"\d")


def _test(value: str) -> bool:
    """Tell whether there is a word for a street, or a number beside words."""
    return (
        _STREET.search(value) is not None
        or re.search(r"[^\W\d]{3}.*\b\d{1,5}\b|\b\d{1,5}\b.*[^\W\d]{3}", value) is not None
    )


def _is_address(value: str) -> bool:
    """Tell whether there is a word for a street and a number."""
    return _NUMBER.search(value) is not None and _STREET.search(value) is not None


DETECTOR = Detector(
    kind="postal_address",
    meaning="postal address or street",
    protect="drop",
    names=("address", "addr", "street", "address line", "addressline", "street address", "adresse",
           "anschrift", "strasse", "rue", "direccion", "domicilio", "calle", "indirizzo", "via",
           "endereco", "morada", "rua", "adres", "straat", "adress", "gatuadress", "ulica", "logradouro",
           "hausnummer", "house number", "residence", "wohnort", "adresa", "osoite", "адрес", "地址", "住所",
           "주소"),
    hints=("location", "shipping", "delivery", "destination", "line1", "line 1"),
    shape=r"[^@<>{}\n]*[^\W\d_]{2}[^@<>{}]*",
    shape_alone=r"[^@<>{}=_]{6,160}",
    test=_test,
    test_alone=_is_address,
    within=r"\b\d{1,5},? (?:[A-Z]\w+\.? ){1,3}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way)\b"
    r"|\b[A-ZÄÖÜ]\w+(?:straße|strasse|str\.|weg|platz|allee|gasse|straat|laan|gatan|vägen) \d{1,4}\b"
    r"|\b\d{1,4},? (?:bis )?(?:rue|avenue|boulevard|chemin|impasse) (?:de |du |des |la |le |l')*[A-ZÉ]\w+"
    r"|\b(?:[Cc]alle|[Vv]ia|[Rr]ua|[Aa]venida|[Pp]iazza|[Uu]l\.) [A-Z]\w+(?: \w+)?,? (?:n\.? ?)?\d{1,4}\b",
    chance=0.05,
    named=0.4,
    hinted=0.6,
    alone=0.6,
    least=8,
)  # fmt: skip
