"""A value's keyed hash."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.keyed import keyed
from penstock.quality.transformation import Comply
from penstock.specs import Column


class Hash(Comply):
    """Put the HMAC-SHA256 of a text in its place.

    Equal values stay equal, and only who has the key can test a guess. ``protect: hash`` in a column's
    declaration is the same.
    """

    needs_key: ClassVar[bool] = True

    comply: Literal["hash"]

    def kept(self, column: Column) -> Column:
        """Return a text column, whose values say nothing to a reader."""
        return column.model_copy(update={"type": "string", "protect": "hash"})

    def protected(self, cell: Cell) -> str:
        """Hash the text."""
        return keyed(cell.text)


RULE = Hash
