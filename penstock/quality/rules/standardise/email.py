"""E-mail addresses are written in one way."""

from __future__ import annotations

from typing import Literal

from penstock.quality.lookup import let
from penstock.quality.spaces import trimmed
from penstock.quality.transformation import Standardise


class Email(Standardise):
    """Write e-mail addresses without ``mailto:`` and spaces around, the domain in lower case.

    What is before the @ may differ by case (RFC 5321), though it hardly ever does: ``lower_all`` lowers it
    too.
    """

    standardise: Literal["email"]
    lower_all: bool = False

    def expression(self, text: str) -> str:
        """Change what has one @ with something on both sides; the rest stays."""
        bare = f"regexp_replace({trimmed(text, '<>')}, '^(?i:mailto:)+', '')"
        written = (
            "lower(b)"
            if self.lower_all
            else "regexp_extract(b, '^[^@]+') || lower(regexp_extract(b, '@.*$'))"
        )
        address = let("b", bare, rf"CASE WHEN regexp_full_match(b, '[^@\s<>]+@[^@\s<>]+') THEN {written} END")
        return f"coalesce({address}, {text})"


RULE = Email
