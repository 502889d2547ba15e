"""Dates are written as ISO 8601 says."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from penstock.quality.moments import checked_format
from penstock.quality.transformation import Standardise
from penstock.tables import literal


class Dates(Standardise):
    """Write dates as 2025-12-31, whichever of several accepted ways they came in.

    The first format that fits decides. ISO dates stay as they are.
    """

    plain: ClassVar[bool] = True

    standardise: Literal["dates"]
    formats: tuple[str, ...] = Field(min_length=1, max_length=20)
    """As of strptime, such as ``%d.%m.%Y``."""

    @field_validator("formats")
    @classmethod
    def _known(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_format(one) for one in formats)

    def expression(self, text: str) -> str:
        """Parse by each format; years before 1000 are typing errors."""
        formats = ", ".join(literal(one) for one in self.formats)
        day = f"CAST(try_strptime(trim({text}), [{formats}]) AS DATE)"
        return (
            f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN {text} "
            f"WHEN year({day}) BETWEEN 1000 AND 9999 THEN CAST({day} AS VARCHAR) ELSE {text} END"
        )


RULE = Dates
