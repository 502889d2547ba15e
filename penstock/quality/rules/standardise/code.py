"""Codes are written without spaces and separators, in upper case."""

from __future__ import annotations

from typing import Literal

from penstock.quality.spaces import SPACE_CLASS
from penstock.quality.transformation import Standardise
from penstock.tables import literal


class Code(Standardise):
    """Write codes such as IBAN, BIC, VAT or ISBN numbers without spaces and separators, in upper case."""

    standardise: Literal["code"]
    separators: str = "-./"
    """What else is removed."""

    def expression(self, text: str) -> str:
        """Remove, then change the case."""
        signs = "".join(f"\\x{{{ord(sign):x}}}" for sign in self.separators)
        return f"upper(regexp_replace({text}, {literal(f'[{SPACE_CLASS[1:-1]}{signs}]+')}, '', 'g'))"


RULE = Code
