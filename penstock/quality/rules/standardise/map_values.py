"""Whole values are replaced by others."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from penstock.quality.lookup import looked_up
from penstock.quality.spaces import SPACES, trimmed
from penstock.quality.transformation import Standardise


class MapValues(Standardise):
    """Replace whole values by others, as a table says."""

    standardise: Literal["map_values"]
    values: dict[str, str] = Field(min_length=1, max_length=10_000)
    ignore_case: bool = False
    """Whether case and spaces around a value do not count."""

    @model_validator(mode="after")
    def _stands_still(self) -> Self:
        """Refuse chains: what a value becomes must not become something else."""
        folded = {self._folded(key): target for key, target in self.values.items()}
        if len(folded) < len(self.values):
            raise ValueError("two values differ in case or spaces only")
        for key, target in self.values.items():
            if folded.get(self._folded(target), target) != target:
                raise ValueError(f"{key!r} becomes {target!r}, which becomes something else in turn")
        return self

    def _folded(self, value: str) -> str:
        """Return a value as it is looked up."""
        return value.strip(SPACES).lower() if self.ignore_case else value

    def expression(self, text: str) -> str:
        """Look the value up; others stay."""
        asked = f"lower({trimmed(text)})" if self.ignore_case else text
        return looked_up(
            asked, {self._folded(key): target for key, target in self.values.items()}, otherwise=text
        )


RULE = MapValues
