"""Spaces around a text are removed."""

from __future__ import annotations

from typing import Literal

from penstock.quality.spaces import trimmed
from penstock.quality.transformation import Standardise


class Trim(Standardise):
    """Remove spaces, tabs, line ends and the like around a text."""

    standardise: Literal["trim"]

    def expression(self, text: str) -> str:
        """Remove every character that Unicode calls a space, and the marks that nobody sees."""
        return trimmed(text)


RULE = Trim
