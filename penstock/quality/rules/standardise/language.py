"""Languages are written as two letters."""

from __future__ import annotations

from typing import Literal

from penstock.quality.codes import folded_sql
from penstock.quality.codes.languages import languages
from penstock.quality.lookup import looked_up
from penstock.quality.transformation import Standardise


class Language(Standardise):
    """Write languages as two letters (ISO 639-1), from three letters or names."""

    standardise: Literal["language"]

    def expression(self, text: str) -> str:
        """Look the name up without case, accents, spaces and punctuation; unknown ones stay."""
        return looked_up(folded_sql(text), languages(), otherwise=text)


RULE = Language
