"""Numbers are written with a decimal point and nothing else."""

from __future__ import annotations

import re
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from penstock.quality.spaces import SPACE_CLASS
from penstock.quality.transformation import Standardise
from penstock.tables import literal


class Numbers(Standardise):
    """Write numbers as 1234.5, with other signs for decimals and thousands, and currency signs around.

    Parentheses around a number make it negative, a minus behind it too. Where the thousands sign is a point,
    123,456 becomes 123.4560: with three decimals it would read as 123456 the next time.
    """

    plain: ClassVar[bool] = True

    standardise: Literal["numbers"]
    decimal_separator: Literal[".", ","] = "."
    thousands_separator: Literal["", ",", ".", " ", "'"] = ","
    symbols: tuple[str, ...] = ("€", "$", "£", "¥", "EUR", "USD", "GBP", "CHF")
    """Texts before or after the number that are dropped."""

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.decimal_separator == self.thousands_separator:
            raise ValueError("decimals and thousands need different signs")
        return self

    def expression(self, text: str) -> str:
        """Take the number out of what is around it, then rewrite what looks like a number."""
        bare = f"regexp_replace({text}, {literal(self._around())}, '', 'g')"
        signed = f"regexp_replace({bare}, '^[(](.*)[)]$', '-\\1')"
        number = f"regexp_replace({signed}, '^([^-+]*)([-+])$', '\\2\\1')"
        plain = self._plain(number)
        return (
            f"CASE WHEN regexp_full_match({number}, {literal(self._written())}) THEN {plain} ELSE {text} END"
        )

    def _around(self) -> str:
        """Return the pattern of what stands around a number, and of minus signs that are none."""
        symbols = "|".join(re.escape(symbol) for symbol in self.symbols if symbol)
        edge = f"(?:{SPACE_CLASS}{f'|{symbols}' if symbols else ''})+"
        return f"^{edge}|{edge}$"

    def _thousands(self) -> str:
        """Return the thousands sign as a class; a space stands for all spaces, an apostrophe for both."""
        signs = {" ": SPACE_CLASS, "'": "['\u2019]", "": "[^\\x00-\\x{10ffff}]"}
        return signs.get(self.thousands_separator, f"[{self.thousands_separator}]")

    def _written(self) -> str:
        """Return the pattern of a number."""
        groups = f"[1-9][0-9]{{0,2}}(?:{self._thousands()}[0-9]{{3}})+"
        whole = f"(?:{groups}|[0-9]+)" if self.thousands_separator else "[0-9]+"
        decimals = f"(?:[{self.decimal_separator}][0-9]*)?"
        return f"[-+\u2212]?(?:{whole}{decimals}|[{self.decimal_separator}][0-9]+)"

    def _plain(self, number: str) -> str:
        """Return SQL of the number with a decimal point alone."""
        plain = f"replace({number}, '\u2212', '-')"
        if self.thousands_separator:
            plain = f"regexp_replace({plain}, {literal(self._thousands())}, '', 'g')"
        if self.decimal_separator == ",":
            plain = f"replace({plain}, ',', '.')"
        if self.thousands_separator == ".":
            plain = f"regexp_replace({plain}, '^([-+]?[1-9][0-9]{{0,2}}[.][0-9]{{3}})$', '\\10')"
        return plain


RULE = Numbers
