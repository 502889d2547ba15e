"""Only the beginning of a value."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.quality.conditions import Cell
from penstock.quality.transformation import Comply
from penstock.tables import literal


class Truncate(Comply):
    """Keep the first characters only, as the area of a postcode."""

    comply: Literal["truncate"]
    keep: int = Field(ge=1, le=1_000)
    ending: str = ""
    """What shows that something is gone, such as ``…`` or ``xx``; put behind what was cut."""

    def protected(self, cell: Cell) -> str:
        """Cut the text."""
        cut = f"left({cell.text}, {self.keep})"
        tail = f" || CASE WHEN length({cell.text}) > {self.keep} THEN {literal(self.ending)} ELSE '' END"
        return cut + tail if self.ending else cut


RULE = Truncate
