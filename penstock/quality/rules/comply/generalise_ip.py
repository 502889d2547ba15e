"""The network of an internet address in its place."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.transformation import Comply
from penstock.specs.base import ColumnType


class GeneraliseIp(Comply):
    """Put the network in an address's place: 192.0.2.0/24 for IPv4, 2001:db8:1::/48 for IPv6."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)

    comply: Literal["generalise_ip"]

    def protected(self, cell: Cell) -> str:
        """Keep the first parts of what is an address; of anything else, only that it was there."""
        text = f"trim({cell.text})"
        four = f"regexp_extract({text}, '^([0-9]{{1,3}}[.][0-9]{{1,3}}[.][0-9]{{1,3}})[.][0-9]{{1,3}}$', 1)"
        six = f"lower(regexp_extract({text}, '^((?:[0-9A-Fa-f]{{1,4}}:){{3}})[0-9A-Fa-f:.]*$', 1))"
        return (
            f"CASE WHEN {four} <> '' THEN {four} || '.0/24' WHEN {six} <> '' THEN {six} || ':/48' "
            f"WHEN {cell.text} IS NOT NULL THEN '(protected)' END"
        )


RULE = GeneraliseIp
