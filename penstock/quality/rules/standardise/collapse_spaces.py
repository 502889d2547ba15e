"""Runs of spaces become one space."""

from __future__ import annotations

from typing import Literal

from penstock.quality.spaces import SPACE_CLASS
from penstock.quality.transformation import Standardise
from penstock.tables import literal


class CollapseSpaces(Standardise):
    """Make one plain space of every run of spaces, tabs, line ends and the like, inside and around a text."""

    standardise: Literal["collapse_spaces"]

    def expression(self, text: str) -> str:
        """Replace runs; ``trim`` removes what is left around the text."""
        return f"regexp_replace({text}, {literal(SPACE_CLASS + '+')}, ' ', 'g')"


RULE = CollapseSpaces
