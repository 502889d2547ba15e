"""Payment card number: a range of an issuer (ISO/IEC 7812) and a Luhn digit."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, luhn, varied
from penstock.catalog.classification.detector import Detector

_RANGES: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("4", "4", (13, 16, 19)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("300", "305", (14, 16)),
    ("36", "36", (14, 16)),
    ("38", "39", (14, 16)),
    ("6011", "6011", (16,)),
    ("644", "659", (16,)),
    ("3528", "3589", (16,)),
    ("62", "62", (16, 17, 18, 19)),
    ("5018", "5018", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("5020", "5020", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("5038", "5038", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("5893", "5893", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("6304", "6304", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("6759", "6763", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("2200", "2204", (16, 17, 18, 19)),
)
"""Lowest and highest beginning, and lengths: Visa, Mastercard, American Express, Diners, Discover, JCB,
UnionPay, Maestro, Mir."""


def _test(value: str) -> bool:
    """Tell whether an issuer has such numbers and the check digit is right."""
    digits = compact(value)
    known = any(
        low <= digits[: len(low)] <= high and len(digits) in lengths for low, high, lengths in _RANGES
    )
    return known and varied(digits) and luhn(digits)


DETECTOR = Detector(
    kind="card_number",
    meaning="payment card number",
    names=("card number", "cardnumber", "card no", "card num", "credit card", "creditcard", "debit card",
           "pan", "cc number", "ccnumber", "cc num", "kreditkarte", "kartennummer", "carte bancaire",
           "numero carte", "numero tarjeta", "tarjeta", "carta di credito", "cartao", "creditcardnummer",
           "kortnummer"),
    hints=("card", "payment", "account number"),
    shape=r"\d{4}[- ]?\d{4,6}[- ]?\d{4,5}([- ]?\d{1,7})?",
    within=r"\b(?:[3-6]\d{3}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}|3[47]\d{2}[- ]?\d{6}[- ]?\d{5})\b",
    test=_test,
    chance=0.03,
    hinted=0.7,
    alone=0.8,
)  # fmt: skip
