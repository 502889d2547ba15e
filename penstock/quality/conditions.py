"""What a rule becomes: a condition in SQL over the typed columns of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from penstock.errors import InvalidSpec
from penstock.specs import Column, Rule
from penstock.specs.contract import ColumnType, Severity
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


@dataclass(frozen=True)
class Check:
    """A kind of rule, as the registry lists it.

    Parameters
    ----------
    name
        As ``check:`` names it in a contract.
    title
        One sentence for people.
    types
        Column types that it can be put to; empty means every type.
    needs
        Fields of the rule that must be set. A name with ``|`` means one of several.
    compile
        Turns a valid rule into its condition.
    """

    name: str
    title: str
    compile: Callable[[Rule, Cells], Condition]
    types: tuple[ColumnType, ...] = ()
    needs: tuple[str, ...] = field(default=("column|columns",))


def looked_at(rule: Rule) -> tuple[str, ...]:
    """Return the columns that a rule is about, ``column`` first."""
    return ((rule.column,) if rule.column else ()) + rule.columns


def condition(rule: Rule, *, passes: str, reason: str, repeats: tuple[str, ...] = ()) -> Condition:
    """Make a row condition of a rule; the steward's own reason goes before the one made from the check."""
    columns = looked_at(rule) + ((rule.other,) if rule.other else ())
    text = f"{literal(rule.reason + ': ')} || {reason}" if rule.reason else reason
    return Condition(
        check=rule.check,
        columns=columns,
        passes=passes,
        reason=text,
        severity=rule.severity,
        mostly=rule.mostly,
        repeats=repeats,
    )


def found(cells: Cells, columns: tuple[str, ...], expected: str) -> str:
    """Return SQL text "column a: found 'x', column b: found 'y', expected …"."""
    parts = [f"{literal(f'column {name}: found ')} || {cells[name].shown}" for name in columns]
    return " || ', ' || ".join(parts) + f" || {literal(', expected ' + expected)}"


def every(cells: Cells, columns: tuple[str, ...], test: Callable[[Cell], str]) -> str:
    """Return SQL that holds when the test holds for every column, where null holds."""
    return "(" + " AND ".join(f"coalesce({test(cells[name])}, TRUE)" for name in columns) + ")"


def bounds(rule: Rule) -> str:
    """Return the range of a rule in words."""
    low = "" if rule.minimum is None else f"at least {rule.minimum:g}"
    high = "" if rule.maximum is None else f"at most {rule.maximum:g}"
    return " and ".join(part for part in (low, high) if part)


def within(expression: str, rule: Rule) -> str:
    """Return SQL that holds when an expression lies in the range of a rule."""
    low = [] if rule.minimum is None else [f"{expression} >= {literal(float(rule.minimum))}"]
    high = [] if rule.maximum is None else [f"{expression} <= {literal(float(rule.maximum))}"]
    return "(" + " AND ".join(low + high) + ")"


def invalid(rule: Rule, what: str, *, expected: str) -> InvalidSpec:
    """Make the error of a rule that cannot be put to its columns."""
    about = ", ".join(looked_at(rule)) or "the file"
    return InvalidSpec(
        f"The rule {rule.check} on {about} cannot be checked.",
        found=what,
        expected=expected,
        action="Correct the rule in the dataset's contract.",
    )
