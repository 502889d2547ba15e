"""A missing value gets one."""

from __future__ import annotations

from typing import Literal

from penstock.quality.transformation import Standardise
from penstock.tables import literal


class Fill(Standardise):
    """Put a value where there is none."""

    standardise: Literal["fill"]
    value: str

    def expression(self, text: str) -> str:
        """Take the value for null."""
        return f"coalesce({text}, {literal(self.value)})"


RULE = Fill
