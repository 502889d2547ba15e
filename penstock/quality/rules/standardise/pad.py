"""Short texts are filled up."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.quality.transformation import Standardise
from penstock.tables import literal


class Pad(Standardise):
    """Fill texts up to a width, with zeros on the left unless told otherwise; longer ones stay."""

    standardise: Literal["pad"]
    width: int = Field(ge=1, le=1_000)
    character: str = Field(default="0", min_length=1, max_length=1)
    side: Literal["left", "right"] = "left"

    def expression(self, text: str) -> str:
        """Fill up what is shorter; an empty text is none to fill."""
        name = "lpad" if self.side == "left" else "rpad"
        full = f"{name}({text}, {self.width}, {literal(self.character)})"
        return f"CASE WHEN length({text}) BETWEEN 1 AND {self.width - 1} THEN {full} ELSE {text} END"


RULE = Pad
