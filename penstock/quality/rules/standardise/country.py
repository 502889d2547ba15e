"""Countries are written as two letters."""

from __future__ import annotations

from typing import Literal

from penstock.quality.codes import folded_sql
from penstock.quality.codes.countries import countries
from penstock.quality.lookup import looked_up
from penstock.quality.transformation import Standardise


class Country(Standardise):
    """Write countries as two letters (ISO 3166-1), from longer codes or names in several languages."""

    standardise: Literal["country"]

    def expression(self, text: str) -> str:
        """Look the name up without case, accents, spaces and punctuation; unknown ones stay."""
        return looked_up(folded_sql(text), countries(), otherwise=text)


RULE = Country
