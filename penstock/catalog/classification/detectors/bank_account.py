"""Account number of a bank in a national form: known by the name of its column."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="bank_account",
    meaning="bank account number",
    names=("bank account", "bank account number", "account no iban", "bankverbindung", "kontonummer",
           "kontonr", "cuenta bancaria", "compte bancaire", "conto corrente", "rekeningnummer",
           "conta bancaria", "bban", "clabe", "ccc", "bankkonto", "numer konta"),
    hints=("routing account",),
    shape=r"[A-Z]{0,4}[\d][\d -]{4,28}\d",
    named=0.8,
)  # fmt: skip
