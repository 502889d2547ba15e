"""Currencies are written as three letters."""

from __future__ import annotations

from typing import Literal

from penstock.quality.codes import folded_sql
from penstock.quality.codes.currencies import SIGNS, currencies
from penstock.quality.lookup import looked_up
from penstock.quality.transformation import Standardise


class Currency(Standardise):
    """Write currencies as three letters (ISO 4217), from signs or names.

    Signs that several currencies share stay, unless ``dollar``, ``yen`` or ``krone`` say which is meant.
    """

    standardise: Literal["currency"]
    dollar: Literal["", "USD", "CAD", "AUD", "NZD", "HKD", "SGD"] = ""
    """What $ means."""
    yen: Literal["", "JPY", "CNY"] = ""
    """What ¥ means."""
    krone: Literal["", "SEK", "NOK", "DKK", "ISK"] = ""
    """What kr means."""

    def expression(self, text: str) -> str:
        """Look signs up as they are, names without case, accents, spaces and punctuation."""
        shared = {"$": self.dollar, "¥": self.yen, "kr": self.krone}
        signs = SIGNS | {sign: code for sign, code in shared.items() if code}
        names = looked_up(folded_sql(text), currencies(), otherwise=text)
        return looked_up(f"trim({text})", signs, otherwise=names)


RULE = Currency
