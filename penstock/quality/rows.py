"""Checks that compare columns of the same row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import NUMBERS, TIMES, Cell, Cells, Check, Condition, found, invalid
from penstock.specs.base import ColumnName, ColumnType

Ignore = Literal["any", "all", "never"]


class RowCheck(Check):
    """A check of several columns of a row."""

    ignore: Ignore = "any"
    """Which rows are not asked: those where any value is missing, where all are, or none (a null fails)."""

    def asked(self, cells: Cells, columns: Sequence[str], test: str, expected: str) -> Condition:
        """Make the condition; what is not asked passes, and what is unknown fails."""
        row = [cells[name] for name in columns]
        missing = self._missing(row)
        return self.of_rows(
            row,
            passes=f"({missing} OR coalesce({test}, FALSE))",
            reason=found(cells, columns, expected),
            missing=missing,
        )

    def _missing(self, row: Sequence[Cell]) -> str:
        """Return SQL that holds where a row is not asked."""
        if self.ignore == "never":
            return "FALSE"
        glue = " OR " if self.ignore == "any" else " AND "
        return "(" + glue.join(cell.missing for cell in row) + ")"


class PairCheck(RowCheck):
    """A check of a column and another one of the same row."""

    types: ClassVar[tuple[ColumnType, ...]] = ()

    column: ColumnName
    other: ColumnName

    def reads(self) -> tuple[str, ...]:
        """Return both columns."""
        return (self.column, self.other)

    def accepts(self) -> dict[str, tuple[ColumnType, ...]]:
        """Return the types that each column may have."""
        return dict.fromkeys(self.reads(), self.types) if self.types else {}

    def pair(self, cells: Cells) -> tuple[Cell, Cell]:
        """Return both cells, which must be comparable."""
        comparable(self, cells, self.reads())
        return cells[self.column], cells[self.other]


class ManyCheck(RowCheck):
    """A check of two or more columns of the same row."""

    columns: tuple[ColumnName, ...] = Field(min_length=2)

    def reads(self) -> tuple[str, ...]:
        """Return the columns."""
        return self.columns


def comparable(rule: Check, cells: Cells, columns: Sequence[str]) -> None:
    """Make sure that columns have types that can be compared with each other."""
    kinds = {_family(cells[name].column.type) for name in columns}
    if len(kinds) > 1:
        wrong = ", ".join(f"{name} of type {cells[name].column.type}" for name in columns)
        raise invalid(rule, wrong, expected="columns of types that can be compared")


def _family(kind: ColumnType) -> str:
    """Return what a type can be compared with."""
    return "number" if kind in NUMBERS else "time" if kind in TIMES else kind
