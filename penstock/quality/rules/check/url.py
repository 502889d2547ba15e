"""A text must be a web address."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell, ValueCheck
from penstock.specs.base import ColumnType
from penstock.tables import literal

_ADDRESS = literal(
    r"(?i)(https?|ftp)://([^\s/?#@]+@)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
    r"|\[[0-9a-f:.]+\])(:[0-9]{1,5})?([/?#][^\s]*)?"
)


class Url(ValueCheck):
    """A text is an http, https or ftp address (Deequ's ``containsURL``, here of the whole text)."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    check: Literal["url"]

    def passes(self, cell: Cell) -> str:
        """Match scheme, host and no spaces."""
        return f"regexp_full_match({cell.typed}, {_ADDRESS})"

    def expected(self) -> str:
        """Say it in words."""
        return "a web address"


RULE = Url
