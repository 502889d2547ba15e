"""Letters lose their accents."""

from __future__ import annotations

from typing import Literal

from penstock.quality.transformation import Standardise

_LETTERS = {"Ł": "L", "ł": "l", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "\u0131": "i", "Ħ": "H", "ħ": "h"}
_PAIRS = {"Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "ß": "ss", "ẞ": "SS", "Þ": "Th", "þ": "th"}


class StripAccents(Standardise):
    """Write letters without accents: é as e, ł as l, æ as ae, ß as ss."""

    standardise: Literal["strip_accents"]

    def expression(self, text: str) -> str:
        """Decompose and drop the marks, then replace the letters that have their stroke inside."""
        plain = f"translate(strip_accents({text}), '{''.join(_LETTERS)}', '{''.join(_LETTERS.values())}')"
        for letter, pair in _PAIRS.items():
            plain = f"replace({plain}, '{letter}', '{pair}')"
        return plain


RULE = StripAccents
