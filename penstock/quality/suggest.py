"""Checks that data seem to keep: suggestions for a person to read, never rules by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import yaml

from penstock.specs import Rule
from penstock.specs.rule import parse_rule

if TYPE_CHECKING:
    from penstock.catalog.profiles import ColumnProfile

_FEW_VALUES = 30
"""A column with more distinct values is no list of categories."""
_ROWS_A_VALUE = 20
"""A category that is seen more rarely, on average, is no category."""
_ENOUGH_ROWS = 100
"""Below this, data prove little."""
_Z = 1.96


@dataclass(frozen=True)
class Suggestion:
    """A check that the data keep, and what makes one think so.

    Parameters
    ----------
    rule
        As it would stand in the contract.
    because
        The evidence in words, with its figures.
    """

    rule: Rule
    because: str

    def document(self) -> dict[str, Any]:
        """Return the rule as a mapping, without what is default."""
        fields = self.rule.model_dump(mode="json", exclude_defaults=True)
        names: tuple[str, ...] = (self.rule.kind, "column", "columns")
        first = {name: fields.pop(name) for name in names if name in fields}
        return {**first, **fields}


def suggest(columns: Iterable[ColumnProfile], *, known: Sequence[Rule] = ()) -> list[Suggestion]:
    """Suggest checks that a profiled dataset keeps.

    Parameters
    ----------
    columns
        The profile's columns.
    known
        Rules that the contract has; what they say already is not suggested again.

    Returns
    -------
    list of Suggestion
        Column by column. Nothing is suggested from fewer than 100 rows.

    Notes
    -----
    The heuristics are those of S. Schelter et al., "Automating Large-Scale Data Quality Verification", VLDB
    2018: complete if complete, else the lower bound of the 95 % confidence interval of completeness; unique
    if as many distinct values as values; a list of values if few cover the column; non-negative numbers.

    Examples
    --------
    >>> from types import SimpleNamespace as Column
    >>> amount = Column(name="amount", type="decimal", count=500, nulls=0, distinct=480, minimum=0.5, top=())
    >>> for suggestion in suggest([amount]):
    ...     print(suggestion.document(), "#", suggestion.because)
    {'check': 'not_null', 'column': 'amount'} # none of 500 rows is without a value
    {'check': 'between', 'column': 'amount', 'minimum': 0} # the least of 500 values is 0.5
    """
    said = {(rule.name, name) for rule in known for name in rule.reads()}
    return [
        suggestion
        for column in columns
        if column.count >= _ENOUGH_ROWS
        for heuristic in _HEURISTICS
        for suggestion in heuristic(column)
        if (suggestion.rule.name, column.name) not in said
    ]


def as_yaml(suggestions: Iterable[Suggestion]) -> str:
    """Return suggestions as lines for a contract's ``rules``, each with its evidence as a comment.

    Examples
    --------
    >>> rule = parse_rule({"check": "not_null", "column": "id"})
    >>> print(as_yaml([Suggestion(rule, "none of 200 rows is without a value")]))
    - {check: not_null, column: id}  # none of 200 rows is without a value
    """
    return "\n".join(f"- {_flow(one.document())}  # {one.because}" for one in suggestions)


def _flow(document: Mapping[str, Any]) -> str:
    """Return a mapping as one line of YAML."""
    text = yaml.safe_dump(document, default_flow_style=True, sort_keys=False, width=10**9, allow_unicode=True)
    return text.strip()


def _complete(column: ColumnProfile) -> Iterator[Suggestion]:
    """Suggest that a value is there: always, or as often as chance allows."""
    if not column.nulls:
        rule = parse_rule({"check": "not_null", "column": column.name})
        yield Suggestion(rule, f"none of {column.count:,} rows is without a value")
        return
    share = 1 - column.nulls / column.count
    lowest = share - _Z * sqrt(share * (1 - share) / column.count)
    if lowest > 0:
        mostly = float(f"{lowest:.2g}") if lowest < 0.1 else int(lowest * 100) / 100  # noqa: PLR2004
        rule = parse_rule({"check": "not_null", "column": column.name, "severity": "warn", "mostly": mostly})
        yield Suggestion(rule, f"{share:.1%} of {column.count:,} rows have a value")


def _unique(column: ColumnProfile) -> Iterator[Suggestion]:
    """Suggest that values do not repeat, where none seems to."""
    present = column.count - column.nulls
    if column.type in {"string", "integer"} and present and column.distinct >= present:
        rule = parse_rule({"check": "unique", "column": column.name})
        yield Suggestion(rule, f"{present:,} values, about as many distinct ones")


def _categories(column: ColumnProfile) -> Iterator[Suggestion]:
    """Suggest a list of values, where few cover the column."""
    present, counted = column.count - column.nulls, sum(bar.count for bar in column.top)
    rare = present < column.distinct * _ROWS_A_VALUE
    if column.type != "string" or not 1 <= column.distinct <= _FEW_VALUES or rare or counted < present:
        return
    values = sorted(bar.value for bar in column.top)
    rule = parse_rule({"check": "in_set", "column": column.name, "values": values})
    yield Suggestion(rule, f"{present:,} values are one of {len(values)}")


def _not_negative(column: ColumnProfile) -> Iterator[Suggestion]:
    """Suggest that numbers are not negative, where none is."""
    least = column.minimum
    if column.type in {"integer", "decimal"} and isinstance(least, int | float) and least >= 0:
        rule = parse_rule({"check": "between", "column": column.name, "minimum": 0})
        yield Suggestion(rule, f"the least of {column.count - column.nulls:,} values is {least:g}")


_HEURISTICS: tuple[Callable[[ColumnProfile], Iterator[Suggestion]], ...] = (
    _complete,
    _unique,
    _categories,
    _not_negative,
)
