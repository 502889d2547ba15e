"""Letters become upper case, lower case, or the first of each word upper case."""

from __future__ import annotations

from typing import Literal

from penstock.quality.transformation import Standardise

_WORDS = r"[\p{L}\p{M}\p{N}'\x{2019}]+|[^\p{L}\p{M}\p{N}'\x{2019}]+"


class Case(Standardise):
    """Write a text in upper, lower or title case (the first letter of each word)."""

    standardise: Literal["case"]
    to: Literal["upper", "lower", "title"]

    def expression(self, text: str) -> str:
        """Change the case by Unicode's simple mappings; lower case goes by way of upper case."""
        if self.to == "upper":
            return f"upper({text})"
        if self.to == "lower":
            return f"lower({text})"
        words = f"regexp_extract_all(lower({text}), '{_WORDS.replace(chr(39), chr(39) * 2)}')"
        return f"array_to_string([upper(left(w, 1)) || substr(w, 2) FOR w IN {words}], '')"


RULE = Case
