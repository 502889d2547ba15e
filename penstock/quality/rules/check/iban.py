"""A text must be an international bank account number."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.checksums import iban
from penstock.quality.conditions import Cell, ValueCheck
from penstock.specs.base import ColumnType


class Iban(ValueCheck):
    """A text is an IBAN, its check digits right."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    check: Literal["iban"]

    def passes(self, cell: Cell) -> str:
        """Spaces are ignored (ISO 13616, modulo 97)."""
        return iban(cell.typed)

    def expected(self) -> str:
        """Say it in words."""
        return "an IBAN with valid check digits"


RULE = Iban
