"""A key made of the values of several columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from penstock.quality.conditions import Cells
from penstock.quality.transformation import Augment
from penstock.specs import Column
from penstock.specs.base import ColumnName, ColumnType


class HashKey(Augment):
    """Make a surrogate key: the same values give the same 32 hexadecimal digits in every file and engine.

    It is the beginning of the SHA-256 of the values' texts, each with its length before it. It hides nothing:
    who knows the values can compute it. Row numbers are no rule, since they differ from engine to engine.
    """

    augment: Literal["hash_key"]
    of: tuple[ColumnName, ...] = Field(min_length=1)

    def reads(self) -> tuple[str, ...]:
        """Return the columns in their order."""
        return self.of

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return string."""
        return "string"

    def expression(self, cells: Cells) -> str:
        """Hash texts with their lengths, so that ('ab', 'c') and ('a', 'bc') differ; null has none."""
        parts = [
            f"coalesce(CAST(length({cells[name].text}) AS VARCHAR) || ':' || {cells[name].text}, '-')"
            for name in self.of
        ]
        return f"left(sha256({' || '.join(parts)}), 32)"


RULE = HashKey
