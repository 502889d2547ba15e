"""A text must be a social security number of the United States."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell, ValueCheck
from penstock.specs.base import ColumnType


class SocialSecurityNumber(ValueCheck):
    """A text is a US social security number (Deequ's ``containsSocialSecurityNumber``)."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    check: Literal["social_security_number"]

    def passes(self, cell: Cell) -> str:
        """Areas 000, 666 and 900 to 999, group 00 and serial 0000 are never given out."""
        digits = f"replace({cell.typed}, '-', '')"
        return (
            f"(regexp_full_match({cell.typed}, '[0-8][0-9]{{2}}-?[0-9]{{2}}-?[0-9]{{4}}') "
            f"AND left({digits}, 3) NOT IN ('000', '666') AND substr({digits}, 4, 2) <> '00' "
            f"AND right({digits}, 4) <> '0000')"
        )

    def expected(self) -> str:
        """Say it in words."""
        return "a social security number"


RULE = SocialSecurityNumber
