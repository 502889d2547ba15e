"""Telephone numbers are written as in E.164."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from penstock.quality.codes.phones import country_codes, plans
from penstock.quality.lookup import let
from penstock.quality.transformation import Standardise

_LONGEST = 15


class Phone(Standardise):
    """Write telephone numbers as +491701234567 (E.164).

    Numbers without a country code are those of ``country``, with or without its trunk prefix. Extensions are
    dropped. Lengths are checked, areas and operators are not: a number of this shape may not exist. What
    cannot be a number, such as emergency and short numbers, stays.
    """

    standardise: Literal["phone"]
    country: str
    """ISO code of the country of numbers without a country code, such as DE."""

    @field_validator("country")
    @classmethod
    def _has_a_plan(cls, country: str) -> str:
        if country not in plans():
            raise ValueError(f"{country!r} is no country with a numbering plan, such as DE")
        return country

    def expression(self, text: str) -> str:
        """Take signs and extension away, put the country code before, compare with the lengths."""
        bare = f"regexp_replace({text}, '(?i)\\s*(ext|x|#|durchwahl).*$', '')"
        bare = f"regexp_replace({bare}, '[^0-9A-Za-z+]+', '', 'g')"
        return let("d", bare, f"CASE {self._abroad(text)} {self._at_home()} ELSE {text} END")

    def _abroad(self, text: str) -> str:
        """Return SQL of the branch of numbers with a country code, after + or 00; (0) behind it goes."""
        exit_code = "011" if plans()[self.country].code == "1" else "00"
        codes = "|".join(country_codes())
        number = f"regexp_replace(d, '^{exit_code}', '+')"
        shortened = f"regexp_replace({number}, '^([+](?:{codes}))0', '\\1')"
        number = f"CASE WHEN regexp_matches({text}, '[(]0[)]') THEN {shortened} ELSE {number} END"
        is_one = (
            f"regexp_full_match(n, '[+](?:{codes})[0-9]{{4,}}') AND length(n) BETWEEN 8 AND {_LONGEST + 1}"
        )
        written = let("n", number, f"CASE WHEN {is_one} THEN n ELSE {text} END")
        return f"WHEN regexp_matches(d, '^([+]|{exit_code})') THEN {written}"

    def _at_home(self) -> str:
        """Return SQL of the branch of numbers of the country itself."""
        plan = plans()[self.country]
        shortest, longest = max(plan.shortest, 5), min(plan.longest, _LONGEST - len(plan.code))
        trunk = f"(?:{plan.trunk})?" if plan.trunk else ""
        number = f"regexp_extract(d, '^{trunk}([0-9]{{{shortest},{longest}}})$', 1)"
        return f"WHEN {number} <> '' THEN '+{plan.code}' || {number}"


RULE = Phone
