"""Personal data inside free text."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import Cell
from penstock.quality.patterns import Pattern
from penstock.quality.transformation import Comply
from penstock.specs.base import ColumnType
from penstock.tables import literal

Kind = Literal["email", "url", "iban", "card", "phone", "ip", "us_ssn", "digits"]
_PATTERNS: dict[Kind, str] = {
    "email": r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:[.][A-Za-z0-9-]+)*",
    "url": r"(?i:https?|ftp)://[^\s<>\"']+",
    "iban": r"\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b",
    "card": r"\b(?:[0-9]{4}[ -]?){3}[0-9]{1,7}\b|\b3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}\b",
    "us_ssn": r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
    "ip": r"\b(?:[0-9]{1,3}[.]){3}[0-9]{1,3}\b",
    "phone": r"(?:[+]|\b00)[0-9](?:[ ()./-]{0,2}[0-9]){6,14}|[(]?\b0[0-9](?:[ ()./-]{0,2}[0-9]){5,12}"
    r"|[(]?\b[2-9][0-9]{2}[)]?[ .-]{1,2}[0-9]{3}[ .-][0-9]{4}\b",
    "digits": r"[0-9]{5,}",
}
"""In the order in which they are looked for."""


class Redact(Comply):
    """Put ``[email]``, ``[phone]`` and the like in the place of what looks like personal data in free text.

    It finds shapes, not meanings: names and addresses stay. What must not be known at all is for ``drop``.
    """

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    comply: Literal["redact"]
    kinds: tuple[Kind, ...] = ("email", "iban", "card", "us_ssn", "ip", "phone")
    patterns: dict[str, Pattern] = Field(default={}, max_length=50)
    """Patterns of your own (RE2), by the word in brackets."""

    def protected(self, cell: Cell) -> str:
        """Replace one kind after the other."""
        text = cell.text
        own = list(self.patterns.items())
        for name, pattern in [(kind, _PATTERNS[kind]) for kind in _PATTERNS if kind in self.kinds] + own:
            shown = f"[{name}]".replace("\\", "\\\\")
            text = f"regexp_replace({text}, {literal(pattern)}, {literal(shown)}, 'g')"
        return text


RULE = Redact
