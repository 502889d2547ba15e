"""Full name of a person: the column's name, or mostly a frequent name beside another."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector
from penstock.catalog.classification.detectors._person import (
    MENTION,
    SHAPE,
    is_any_name,
    is_full,
    is_mentioned,
)

DETECTOR = Detector(
    kind="full_name",
    meaning="full name",
    protect="drop",
    names=("full name", "fullname", "customer name", "client name", "patient name", "employee name",
           "person name", "contact name", "student name", "member name", "passenger name", "guest name",
           "driver name", "manager name", "account holder", "cardholder", "cardholder name", "card holder",
           "kontoinhaber", "karteninhaber", "vollstandiger name", "ansprechpartner", "kundenname",
           "mitarbeitername", "nom complet", "nom et prenom", "titulaire", "nombre completo",
           "nombre y apellidos", "titular", "nome completo", "nome e cognome", "intestatario",
           "volledige naam", "contactpersoon", "fullstandigt namn", "imie i nazwisko", "фио", "姓名", "氏名",
           "성명", "emergency contact", "next of kin", "beneficiary name"),
    hints=("name", "naam", "namn", "navn", "nom", "nombre", "nome", "contact", "author", "person",
           "customer", "kunde", "manager", "owner", "employee", "patient", "agent", "created by", "nimi",
           "이름", "名前"),
    shape=SHAPE,
    test=is_any_name,
    test_alone=is_full,
    within=MENTION,
    test_within=is_mentioned,
    named=0.7,
    chance=0.05,
    hinted=0.25,
    alone=0.3,
    least=10,
)  # fmt: skip
