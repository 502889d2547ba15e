"""Moments are written in UTC as ISO 8601 says."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from penstock.quality.moments import checked_format, checked_zone
from penstock.quality.transformation import Standardise
from penstock.tables import literal

_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"


class Timestamps(Standardise):
    """Write moments as 2025-12-31T22:00:00.000000Z, whichever of several accepted ways they came in.

    Times without an offset are times of ``timezone``; an hour that its clocks show twice is taken as the
    first.
    """

    plain: ClassVar[bool] = True

    standardise: Literal["timestamps"]
    formats: tuple[str, ...] = Field(default=(), max_length=20)
    """As of strptime, such as ``%d.%m.%Y %H:%M``; ISO 8601 is always understood."""
    timezone: str = "UTC"

    @field_validator("formats")
    @classmethod
    def _known(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_format(one) for one in formats)

    @field_validator("timezone")
    @classmethod
    def _somewhere(cls, timezone: str) -> str:
        return checked_zone(timezone)

    def expression(self, text: str) -> str:
        """Parse ISO with an offset, ISO without one, then each format; years before 1000 are errors."""
        value = f"trim({text})"
        moments = [
            f"WHEN regexp_full_match({value}, '{_ISO}(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)') "
            f"THEN CAST(TRY_CAST({value} AS TIMESTAMPTZ) AS TIMESTAMP)",
            f"WHEN regexp_full_match({value}, '{_ISO}') THEN {self._utc(f'TRY_CAST({value} AS TIMESTAMP)')}",
        ]
        for one in self.formats:
            local = f"try_strptime({value}, {literal(one)})"
            utc = f"CAST({local} AS TIMESTAMP)" if "%z" in one else self._utc(local)
            moments.append(f"WHEN {local} IS NOT NULL THEN {utc}")
        moment = f"CASE {' '.join(moments)} END"
        return (
            f"CASE WHEN year({moment}) BETWEEN 1000 AND 9999 "
            f"THEN strftime({moment}, '%Y-%m-%dT%H:%M:%S.%fZ') ELSE {text} END"
        )

    def _utc(self, local: str) -> str:
        """Return SQL of the moment in UTC of a local time."""
        zone = literal(self.timezone)
        return f"timezone('UTC', timezone({zone}, CAST({local} AS TIMESTAMP)))"


RULE = Timestamps
