"""A text must be an e-mail address."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell, ValueCheck
from penstock.specs.base import ColumnType
from penstock.tables import literal

_ADDRESS = literal(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)
"""As HTML's input field of type email has it, with a dot in the domain."""


class Email(ValueCheck):
    """A text is an e-mail address (Deequ's ``containsEmail``, here of the whole text)."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    check: Literal["email"]

    def passes(self, cell: Cell) -> str:
        """Match local part and domain, at most 254 characters."""
        return f"(length({cell.typed}) <= 254 AND regexp_full_match({cell.typed}, {_ADDRESS}))"

    def expected(self) -> str:
        """Say it in words."""
        return "an e-mail address"


RULE = Email
