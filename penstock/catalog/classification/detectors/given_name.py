"""Given name of a person: the column's name, or mostly frequent names."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector
from penstock.catalog.classification.detectors._person import SHAPE, is_any_name, is_given

DETECTOR = Detector(
    kind="given_name",
    meaning="given name",
    protect="drop",
    names=("first name", "firstname", "given name", "givenname", "forename", "fname", "middle name",
           "middlename", "vorname", "rufname", "prenom", "nombre de pila", "primer nombre", "nombres",
           "nome proprio", "primeiro nome", "voornaam", "fornamn", "fornavn", "imie", "etunimi", "jmeno",
           "prenume", "keresztnev", "ad", "имя", "名", "名前"),
    hints=("nombre", "nome", "name", "first"),
    shape=SHAPE,
    test=is_any_name,
    test_alone=is_given,
    named=0.7,
    chance=0.05,
    hinted=0.25,
    alone=0.33,
    least=10,
)  # fmt: skip
