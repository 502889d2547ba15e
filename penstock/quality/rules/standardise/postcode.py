"""Postcodes are written in the shape of their country."""

from __future__ import annotations

from typing import Literal

from penstock.quality.spaces import SPACE_CLASS
from penstock.quality.transformation import Standardise
from penstock.tables import literal

_SHAPES = {
    "GB": (r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})", r"\1 \2"),
    "NL": (r"([1-9][0-9]{3})([A-Z]{2})", r"\1 \2"),
    "CA": (r"([A-Z][0-9][A-Z])([0-9][A-Z][0-9])", r"\1 \2"),
    "IE": (r"([A-Z][0-9][0-9W])([A-Z0-9]{4})", r"\1 \2"),
    "US": (r"([0-9]{5})([0-9]{4})", r"\1-\2"),
    "BR": (r"([0-9]{5})([0-9]{3})", r"\1-\2"),
    "JP": (r"([0-9]{3})([0-9]{4})", r"\1-\2"),
    "PL": (r"([0-9]{2})([0-9]{3})", r"\1-\2"),
    "PT": (r"([0-9]{4})([0-9]{3})", r"\1-\2"),
    "SE": (r"([0-9]{3})([0-9]{2})", r"\1 \2"),
    "CZ": (r"([0-9]{3})([0-9]{2})", r"\1 \2"),
    "SK": (r"([0-9]{3})([0-9]{2})", r"\1 \2"),
    "GR": (r"([0-9]{3})([0-9]{2})", r"\1 \2"),
}
"""By country, the pattern of a postcode without separators, and how its groups are set."""


class Postcode(Standardise):
    """Write postcodes of a country in its shape, such as ``SW1A 1AA`` or ``1234 AB``.

    Countries whose postcodes are digits alone have theirs written without separators; what does not look
    like a postcode of the country stays.
    """

    standardise: Literal["postcode"]
    country: Literal[
        "GB", "NL", "CA", "IE", "US", "BR", "JP", "PL", "PT", "SE", "CZ", "SK", "GR",
        "DE", "FR", "ES", "IT", "AT", "CH", "BE", "LU", "DK", "NO", "FI", "HU", "AU", "NZ", "IN", "MX",
    ]  # fmt: skip

    def expression(self, text: str) -> str:
        """Compare without separators and the country's letters before it."""
        bare = f"upper(regexp_replace({text}, {literal(f'[{SPACE_CLASS[1:-1]}.-]+')}, '', 'g'))"
        prefix = (
            ""
            if self.country in {"GB", "CA", "IE"}
            else f"^{self.country[0]}?{self.country}|^{self.country[0]}"
        )
        bare = f"regexp_replace({bare}, '{prefix}', '')" if prefix else bare
        pattern, shape = _SHAPES.get(self.country, (r"([0-9]{4,6})", r"\1"))
        return (
            f"CASE WHEN regexp_full_match({bare}, '{pattern}') "
            f"THEN regexp_replace({bare}, '^{pattern}$', '{shape}') ELSE {text} END"
        )


RULE = Postcode
