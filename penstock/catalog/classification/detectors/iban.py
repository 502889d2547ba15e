"""IBAN: the length of its country and modulo 97 (ISO 13616)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, mod_97
from penstock.catalog.classification.detector import Detector

_LENGTHS = {
    code: int(length)
    for code, length in (
        pair.split(":")
        for pair in (
            "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 CY:28 "
            "CZ:24 DE:22 DJ:27 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 GE:22 GI:23 "
            "GL:18 GR:27 GT:28 HN:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 "
            "LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MN:20 MR:27 MT:31 MU:30 NI:28 "
            "NL:18 NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 RU:33 SA:24 SC:31 SD:18 SE:24 "
            "SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 YE:30"
        ).split()
    )
}
"""Length by country, of the SWIFT registry."""


def _test(value: str) -> bool:
    """Tell whether the length is that of the country and the check digits are right."""
    text = compact(value)
    return len(text) == _LENGTHS.get(text[:2]) and mod_97(text[4:] + text[:4]) == 1


DETECTOR = Detector(
    kind="iban",
    meaning="IBAN",
    names=("iban", "kontonummer iban"),
    hints=("account", "account number", "bank account", "konto", "kontonummer", "kontonr", "compte",
           "cuenta", "conto", "rekening", "rekeningnummer", "bank"),
    shape=r"[A-Z]{2}\d{2}[ -]?[A-Z0-9]{4}[A-Z0-9 -]{3,34}",
    within=r"\b[A-Z]{2}\d{2}[ ]?(?:[A-Z0-9]{4}[ ]?){2,7}[A-Z0-9]{1,4}\b",
    test=_test,
    chance=0.0001,
    named=0.3,
    hinted=0.5,
    alone=0.6,
    least=2,
)  # fmt: skip
