"""Family name of a person: the column's name, or mostly frequent names."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector
from penstock.catalog.classification.detectors._person import SHAPE, is_any_name, is_family

DETECTOR = Detector(
    kind="family_name",
    meaning="family name",
    protect="drop",
    names=("last name", "lastname", "family name", "familyname", "surname", "lname", "maiden name",
           "nachname", "familienname", "zuname", "geburtsname", "nom famille", "nom de famille", "nom",
           "apellido", "apellidos", "cognome", "sobrenome", "apelido", "achternaam", "efternamn",
           "etternavn", "efternavn", "nazwisko", "sukunimi", "prijmeni", "nume de familie", "vezeteknev",
           "soyad", "soyadi", "фамилия", "姓"),
    hints=("name", "last", "nume"),
    shape=SHAPE,
    test=is_any_name,
    test_alone=is_family,
    named=0.7,
    chance=0.06,
    hinted=0.25,
    alone=0.38,
    least=10,
)  # fmt: skip
