"""Words that stand for no value become none."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.quality.spaces import SPACES, trimmed
from penstock.quality.transformation import Standardise
from penstock.tables import literal


class NullValues(Standardise):
    """Make nothing of words that stand for nothing, whatever their case."""

    standardise: Literal["null_values"]
    values: tuple[str, ...] = Field(
        default=("", "-", "--", "n/a", "na", "nan", "null", "none", "nil", "#n/a", "unknown", "?"),
        min_length=1,
    )

    def expression(self, text: str) -> str:
        """Compare without case and the spaces around."""
        words = ", ".join(literal(value.strip(SPACES).lower()) for value in self.values)
        return f"CASE WHEN lower({trimmed(text)}) NOT IN ({words}) THEN {text} END"


RULE = NullValues
