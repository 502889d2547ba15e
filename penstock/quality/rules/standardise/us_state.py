"""States of the United States are written as two letters."""

from __future__ import annotations

from typing import Literal

from penstock.quality.codes import folded_sql
from penstock.quality.codes.states import states
from penstock.quality.lookup import looked_up
from penstock.quality.transformation import Standardise


class UsState(Standardise):
    """Write states and territories of the United States as two letters, from their names."""

    standardise: Literal["us_state"]

    def expression(self, text: str) -> str:
        """Look the name up without case, accents, spaces and punctuation; unknown ones stay."""
        return looked_up(folded_sql(text), states(), otherwise=text)


RULE = UsState
