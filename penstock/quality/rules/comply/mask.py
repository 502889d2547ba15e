"""A value of which only the end, or the beginning, can be read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.quality.conditions import Cell
from penstock.quality.lookup import let
from penstock.quality.transformation import Comply
from penstock.tables import literal


class Mask(Comply):
    """Put a sign in the place of all characters but the last few; of e-mail addresses the domain stays, too.

    At most half of a value is left readable, and the mask of values of up to 8 characters has 8, so that
    their length is not told.
    """

    comply: Literal["mask"]
    keep: int = Field(default=4, ge=0, le=20)
    """How many characters stay, at the end."""
    side: Literal["end", "start"] = "end"
    """Where they stay."""
    email: bool = False
    """Whether values are e-mail addresses: the first character and the domain stay, whatever ``keep``."""
    sign: str = Field(default="*", min_length=1, max_length=1)

    def protected(self, cell: Cell) -> str:
        """Mask the text."""
        masked = let("v", cell.text, self._masked("v"))
        if not self.email:
            return masked
        address = (
            f"left({cell.text}, 1) || {literal(self.sign * 8)} || regexp_extract({cell.text}, '@[^@]+$')"
        )
        return f"CASE WHEN regexp_matches({cell.text}, '^[^@]{{2,}}@[^@]+$') THEN {address} ELSE {masked} END"

    def _masked(self, text: str) -> str:
        """Return SQL of the mask and what stays beside it."""
        stays = f"least({self.keep}, length({text}) // 2)"
        mask = f"repeat({literal(self.sign)}, CAST(greatest(8, length({text})) - {stays} AS BIGINT))"
        if self.side == "end":
            return f"{mask} || right({text}, {stays})"
        return f"left({text}, {stays}) || {mask}"


RULE = Mask
