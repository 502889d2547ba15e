"""Quantities are written as numbers of one unit."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from penstock.quality.codes.units import factors
from penstock.quality.lookup import let
from penstock.quality.transformation import Standardise
from penstock.tables import literal

_QUANTITY = r"^\s*([+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?)\s*([^\s0-9.+-][^\s]*)\s*$"


class Units(Standardise):
    """Write quantities as numbers of one unit: ``5 lb`` as 2.26796185 when the unit is kg.

    A bare number is taken to be of that unit already. Results have 15 significant digits at most. What has
    an unknown unit, or one of another dimension, stays.
    """

    plain: ClassVar[bool] = True

    standardise: Literal["units"]
    to: str
    """The unit, such as kg, km, h, EUR."""
    units: dict[str, float] = Field(default={}, max_length=1_000)
    """Units of your own: what one of each is in ``to``."""

    @model_validator(mode="after")
    def _is_known(self) -> Units:
        if not self.units:
            factors(self.to)
        if bad := [name for name, factor in self.units.items() if not 0 < factor < float("inf")]:
            raise ValueError(f"a unit is a positive number of {self.to}; {bad[0]} is not")
        return self

    def expression(self, text: str) -> str:
        """Split number from unit and multiply; an unknown unit has no factor."""
        known = {name.lower(): factor for name, factor in (self.units or factors(self.to)).items()}
        known.setdefault(self.to.lower(), 1.0)
        cases = " ".join(f"WHEN {literal(name)} THEN {literal(factor)}" for name, factor in known.items())
        unit = f"CASE lower(p[2]) {cases} END"
        number = let("n", f"TRY_CAST(p[1] AS DOUBLE) * {unit}", _shown("n"))
        found = let(
            "p",
            f"regexp_extract_all({text}, '{_QUANTITY}', 1) || regexp_extract_all({text}, '{_QUANTITY}', 2)",
            number,
        )
        return f"coalesce({found}, {text})"


def _shown(number: str) -> str:
    """Return SQL of a finite number as text, rounded to 12 decimals to hide what binary fractions leave."""
    return f"CASE WHEN isfinite({number}) THEN CAST(round({number}, 12) AS VARCHAR) END"


RULE = Units
