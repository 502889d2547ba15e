"""A text must be the number of a payment card."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.checksums import luhn
from penstock.quality.conditions import Cell, ValueCheck
from penstock.specs.base import ColumnType


class CardNumber(ValueCheck):
    """A text is a payment card number, its check digit right (Deequ's ``containsCreditCardNumber``)."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    check: Literal["card_number"]

    def passes(self, cell: Cell) -> str:
        """Spaces and hyphens between digits are ignored."""
        return luhn(cell.typed)

    def expected(self) -> str:
        """Say it in words."""
        return "a card number with a valid check digit"


RULE = CardNumber
