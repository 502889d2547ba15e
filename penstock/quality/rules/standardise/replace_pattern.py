"""What matches a regular expression is replaced."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from penstock.quality.patterns import re2
from penstock.quality.transformation import Standardise
from penstock.tables import literal


class ReplacePattern(Standardise):
    """Replace every match of a regular expression (RE2).

    A replacement whose result would be changed by a second run is not made: ``a`` by ``aa`` changes nothing.
    """

    standardise: Literal["replace_pattern"]
    pattern: str
    by: str = ""
    r"""May hold ``\1`` to ``\9`` for the groups of the pattern."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        return re2(pattern)

    def expression(self, text: str) -> str:
        """Replace; keep the text as it is where the replacement does not stand still."""
        once = self._replaced(text)
        return f"CASE WHEN {self._replaced(once)} = {once} THEN {once} ELSE {text} END"

    def _replaced(self, text: str) -> str:
        return f"regexp_replace({text}, {literal(self.pattern)}, {literal(self.by)}, 'g')"


RULE = ReplacePattern
