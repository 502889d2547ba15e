"""What a check becomes: a condition in SQL over the typed columns of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from penstock.errors import InvalidSpec
from penstock.quality.context import Context
from penstock.specs import Column, Rule
from penstock.specs.base import ColumnName, ColumnType, Severity, Spec
from penstock.specs.rule import Kind
from penstock.tables import literal

SHOWN = 100
"""Characters of a value that a reason shows."""
ASKED = "asked"
"""The relation that conditions are put to, for those that must look at it as a whole."""
PERSONAL = "'(personal)'"
"""What is shown in place of a sensitive value, as an SQL literal."""
NUMBERS: tuple[ColumnType, ...] = ("integer", "decimal")
TIMES: tuple[ColumnType, ...] = ("date", "timestamp")


@dataclass(frozen=True)
class Cell:
    """A column as SQL sees it: its text as it arrived, and its value in the contract's type.

    Parameters
    ----------
    column
        The declaration.
    text, typed
        SQL expressions; ``typed`` is null where the text is no value of the type.
    raw
        Name of the column in typed data; empty where the data are texts.
    """

    column: Column
    text: str
    typed: str
    raw: str = ""

    @property
    def nothing(self) -> str:
        """An SQL condition that there is nothing at all in it."""
        return f"({self.raw or self.text} IS NULL)"

    @property
    def missing(self) -> str:
        """An SQL condition that there is no value of its type in it."""
        return f"({self.typed} IS NULL)"

    @property
    def is_secret(self) -> bool:
        """Whether nobody may be shown its values."""
        return self.column.sensitivity != "none"

    @property
    def shown(self) -> str:
        """An SQL expression of the value for people: masked where it is personal, cut where it is long."""
        if self.is_secret:
            return PERSONAL
        return f"coalesce('''' || left({self.text}, {SHOWN}) || '''', 'nothing')"

    @property
    def example(self) -> str:
        """An SQL expression of the text of the value, masked where it is personal."""
        return PERSONAL if self.is_secret else f"left({self.text}, {SHOWN})"


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
        It may refer to the whole table as ``asked``.
    reason
        SQL text over the same, evaluated where ``passes`` is false.
    repeats
        Expressions that no two rows may have equal. Rows after the first break the condition;
        ``passes`` is then ``"TRUE"``.
    offenders
        A query of the rows (``row``) that break the condition, where a row alone cannot tell; ``passes`` then
        says the same with a subquery, and engines may put either.
    missing
        SQL boolean over a row: it has no value to be asked about.
    observed
        SQL aggregate of what was found, as great-expectations' ``observed_value``; empty for rows.
    examples
        SQL text of the values that a broken row is shown with, by column.
    skipped
        Why the check cannot be put; empty when it can.
    rule
        The rule that it comes from; None for what a column's declaration demands.
    """

    check: str
    columns: tuple[str, ...]
    passes: str
    reason: str
    severity: Severity = "quarantine"
    mostly: float = 1.0
    scope: Literal["row", "file"] = "row"
    repeats: tuple[str, ...] = ()
    offenders: str = ""
    missing: str = "FALSE"
    observed: str = ""
    examples: Mapping[str, str] = field(default_factory=dict)
    skipped: str = ""
    rule: Rule | None = field(default=None, compare=False)


class Check(Rule):
    """A rule of the kind ``check``: what a row, or the whole file, must be like."""

    kind: ClassVar[Kind] = "check"
    expectation: ClassVar[str] = ""
    """The great-expectations expectation of the same meaning; empty when there is none."""

    severity: Severity = "quarantine"
    mostly: float = Field(default=1.0, gt=0.0, le=1.0)
    """The share of the rows with a value that must pass; only below it the severity has consequences."""

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Yield what is to be asked of a table whose columns are as given."""
        raise NotImplementedError

    def in_context(self, cells: Cells, context: Context) -> Iterator[Condition]:
        """Yield what is to be asked, given what is known beside the rows."""
        return self.conditions(cells)

    def accepts(self) -> Mapping[str, tuple[ColumnType, ...]]:
        """Return the types that each column may have, where not every type will do."""
        return {}

    def of_rows(
        self,
        cells: Sequence[Cell],
        *,
        passes: str,
        reason: str,
        missing: str | None = None,
        repeats: tuple[str, ...] = (),
        offenders: str = "",
    ) -> Condition:
        """Make a condition on rows; a row is not asked when it lacks a value, unless told otherwise."""
        return Condition(
            check=self.name,
            columns=tuple(cell.column.name for cell in cells),
            passes=passes,
            reason=self._with_own(reason),
            severity=self.severity,
            mostly=self.mostly,
            repeats=repeats,
            offenders=offenders,
            missing=any_of(cell.missing for cell in cells) if missing is None else missing,
            examples={cell.column.name: cell.example for cell in cells},
            rule=self,
        )

    def of_file(
        self, cells: Sequence[Cell] = (), *, passes: str, reason: str, observed: str = "NULL"
    ) -> Condition:
        """Make a condition on the whole file, in terms of aggregates."""
        return Condition(
            check=self.name,
            columns=tuple(cell.column.name for cell in cells) or self.reads(),
            passes=passes,
            reason=self._with_own(reason),
            severity=self.severity,
            mostly=self.mostly,
            scope="file",
            missing=any_of(cell.missing for cell in cells) if cells else "FALSE",
            observed=observed,
            rule=self,
        )

    def skip(self, why: str) -> Condition:
        """Make a condition that is not asked, and says why."""
        return replace(self.of_file(passes="TRUE", reason="''"), skipped=why)

    def _with_own(self, reason: str) -> str:
        """Put the steward's own reason before the one made from the check."""
        return f"{literal(self.reason + ': ')} || {reason}" if self.reason else reason


class ColumnCheck(Check):
    """A check of one column, or of several alike, each by itself."""

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

    def accepts(self) -> Mapping[str, tuple[ColumnType, ...]]:
        """Return the types that each column may have."""
        return dict.fromkeys(self.looked_at(), self.types) if self.types else {}


class ValueCheck(ColumnCheck):
    """A check of each value by itself; a cell without a value is not asked."""

    def passes(self, cell: Cell) -> str:
        """Return SQL that holds for a value that passes."""
        raise NotImplementedError

    def expected(self) -> str:
        """Say in words what a value must be."""
        raise NotImplementedError

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Ask each column."""
        for name in self.looked_at():
            reason = found(cells, (name,), self.expected())
            yield self.of_rows((cells[name],), passes=self.passes(cells[name]), reason=reason)


class Range(Spec):
    """Bounds, at least one; a value on a bound lies in the range unless the bound is strict."""

    minimum: int | float | None = None
    maximum: int | float | None = None
    strict_minimum: bool = False
    """Whether the minimum itself is too small."""
    strict_maximum: bool = False
    """Whether the maximum itself is too large."""

    @model_validator(mode="after")
    def _has_bounds(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("no minimum or maximum")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum:g} is above maximum {self.maximum:g}")
        return self


def found(cells: Cells, columns: Sequence[str], expected: str) -> str:
    """Return SQL text "column a: found 'x', column b: found 'y', expected …"."""
    parts = [f"{literal(f'column {name}: found ')} || {cells[name].shown}" for name in columns]
    return " || ', ' || ".join(parts) + f" || {literal(', expected ' + expected)}"


def not_among(offenders: str) -> str:
    """Return SQL that holds for rows that a query does not yield."""
    return f"(row NOT IN ({offenders}))"


def any_of(tests: Iterable[str]) -> str:
    """Return SQL that holds when one of the tests does."""
    return "(" + " OR ".join(dict.fromkeys(tests)) + ")"


def bounds(rule: Range) -> str:
    """Return the range of a rule in words."""
    low, high = "more than" if rule.strict_minimum else "at least", "at most"
    high = "less than" if rule.strict_maximum else high
    words = [] if rule.minimum is None else [f"{low} {rule.minimum:.12g}"]
    words += [] if rule.maximum is None else [f"{high} {rule.maximum:.12g}"]
    return " and ".join(words)


def within(expression: str, rule: Range) -> str:
    """Return SQL that holds when an expression lies in the range of a rule."""
    above, below = ">" if rule.strict_minimum else ">=", "<" if rule.strict_maximum else "<="
    tests = [] if rule.minimum is None else [f"{expression} {above} {literal(rule.minimum)}"]
    tests += [] if rule.maximum is None else [f"{expression} {below} {literal(rule.maximum)}"]
    return "(" + " AND ".join(tests) + ")"


def invalid(rule: Rule, what: str, *, expected: str) -> InvalidSpec:
    """Make the error of a rule that cannot be put to its columns."""
    about = ", ".join(rule.reads()) or "the file"
    return InvalidSpec(
        f"The rule {rule.name} on {about} cannot be checked.",
        found=what,
        expected=expected,
        action="Correct the rule in the dataset's contract.",
    )
