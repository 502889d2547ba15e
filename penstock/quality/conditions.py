"""What a rule becomes: a condition in SQL over the typed columns of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from penstock.errors import InvalidSpec
from penstock.specs import Column, Rule
from penstock.specs.base import ColumnName, ColumnType, Severity, Spec
from penstock.specs.rule import Kind
from penstock.tables import literal

SHOWN = 100
"""Characters of a value that a reason shows."""


@dataclass(frozen=True)
class Cell:
    """A column as SQL sees it: its text as it arrived, and its value in the contract's type.

    Parameters
    ----------
    column
        The declaration.
    text, typed
        SQL expressions; ``typed`` is null where the text is no value of the type.
    """

    column: Column
    text: str
    typed: str

    @property
    def shown(self) -> str:
        """An SQL expression of the value for people: masked where it is personal, cut where it is long."""
        if self.column.sensitivity != "none":
            return "'(personal)'"
        return f"coalesce('''' || left({self.text}, {SHOWN}) || '''', 'nothing')"


Cells = Mapping[str, Cell]


@dataclass(frozen=True)
class Condition:
    """A check that can be put to a table.

    Parameters
    ----------
    check
        Name of the check.
    columns
        Names of the columns that it looks at.
    passes
        SQL boolean over a row (over aggregates of the table when ``scope`` is ``"file"``); null passes.
    reason
        SQL text over the same, evaluated where ``passes`` is false.
    repeats
        Text expressions that no two rows may have equal. Rows after the first break the condition;
        ``passes`` is then ``"TRUE"``.
    """

    check: str
    columns: tuple[str, ...]
    passes: str
    reason: str
    severity: Severity = "quarantine"
    mostly: float = 1.0
    scope: Literal["row", "file"] = "row"
    repeats: tuple[str, ...] = ()


class Check(Rule):
    """A rule of the kind ``check``: what a row, or the whole file, must be like."""

    kind: ClassVar[Kind] = "check"

    severity: Severity = "quarantine"
    mostly: float = Field(default=1.0, gt=0.0, le=1.0)
    """The share of rows that must pass; only below it the severity has consequences."""

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Yield what is to be asked of a table whose columns are as given."""
        raise NotImplementedError

    def of_rows(self, cells: Cells, *, passes: str, reason: str, repeats: tuple[str, ...] = ()) -> Condition:
        """Make a condition on rows; the steward's own reason goes before the one made from the check."""
        text = f"{literal(self.reason + ': ')} || {reason}" if self.reason else reason
        return Condition(
            check=self.name,
            columns=self.reads(),
            passes=passes,
            reason=text,
            severity=self.severity,
            mostly=self.mostly,
            repeats=repeats,
        )

    def of_file(self, *, passes: str, reason: str) -> Condition:
        """Make a condition on the whole file, in terms of aggregates."""
        return Condition(
            check=self.name,
            columns=self.reads(),
            passes=passes,
            reason=reason,
            severity=self.severity,
            mostly=self.mostly,
            scope="file",
        )


class ColumnCheck(Check):
    """A check of one column, or of several alike."""

    types: ClassVar[tuple[ColumnType, ...]] = ()
    """Column types that it can be put to; empty means every type."""

    column: ColumnName | None = None
    columns: tuple[ColumnName, ...] = ()

    @model_validator(mode="after")
    def _names_columns(self) -> Self:
        if bool(self.column) == bool(self.columns):
            raise ValueError("name either column or columns")
        return self

    def looked_at(self) -> tuple[str, ...]:
        """Return the columns that it is put to."""
        return (self.column,) if self.column else self.columns

    def reads(self) -> tuple[str, ...]:
        """Return the columns that must be there before it."""
        return self.looked_at()


class Range(Spec):
    """Bounds, both ends included; at least one is there."""

    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _has_bounds(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("no minimum or maximum")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum:g} is above maximum {self.maximum:g}")
        return self


def found(cells: Cells, columns: tuple[str, ...], expected: str) -> str:
    """Return SQL text "column a: found 'x', column b: found 'y', expected …"."""
    parts = [f"{literal(f'column {name}: found ')} || {cells[name].shown}" for name in columns]
    return " || ', ' || ".join(parts) + f" || {literal(', expected ' + expected)}"


def every(cells: Cells, columns: tuple[str, ...], test: Callable[[Cell], str]) -> str:
    """Return SQL that holds when the test holds for every column, where null holds."""
    return "(" + " AND ".join(f"coalesce({test(cells[name])}, TRUE)" for name in columns) + ")"


def bounds(rule: Range) -> str:
    """Return the range of a rule in words."""
    low = "" if rule.minimum is None else f"at least {rule.minimum:g}"
    high = "" if rule.maximum is None else f"at most {rule.maximum:g}"
    return " and ".join(part for part in (low, high) if part)


def within(expression: str, rule: Range) -> str:
    """Return SQL that holds when an expression lies in the range of a rule."""
    low = [] if rule.minimum is None else [f"{expression} >= {literal(float(rule.minimum))}"]
    high = [] if rule.maximum is None else [f"{expression} <= {literal(float(rule.maximum))}"]
    return "(" + " AND ".join(low + high) + ")"


def invalid(rule: Rule, what: str, *, expected: str) -> InvalidSpec:
    """Make the error of a rule that cannot be put to its columns."""
    about = ", ".join(rule.reads()) or "the file"
    return InvalidSpec(
        f"The rule {rule.name} on {about} cannot be checked.",
        found=what,
        expected=expected,
        action="Correct the rule in the dataset's contract.",
    )
