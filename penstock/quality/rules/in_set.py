"""A value must be one of a list."""

from penstock.quality.conditions import (
    Cell,
    Cells,
    Check,
    Condition,
    condition,
    every,
    found,
    invalid,
    looked_at,
)
from penstock.specs import Rule
from penstock.tables import literal

_WORDS = 12
"""How many of the allowed values a reason lists."""


def _compile(rule: Rule, cells: Cells) -> Condition:
    """Compare in the column's own type, so that 1 and 1.0 are the same decimal."""
    columns = looked_at(rule)
    shown = ", ".join(rule.values[:_WORDS]) + (", …" if len(rule.values) > _WORDS else "")
    return condition(
        rule,
        passes=every(cells, columns, lambda cell: f"{cell.typed} IN ({_members(rule, cell)})"),
        reason=found(cells, columns, f"one of {shown}"),
    )


def _members(rule: Rule, cell: Cell) -> str:
    """Return the allowed values as a list of SQL literals of the column's type."""
    return ", ".join(_member(rule, value, cell) for value in rule.values)


def _member(rule: Rule, value: str, cell: Cell) -> str:
    """Return one allowed value as a literal of the column's type."""
    kind = cell.column.type
    try:
        if kind == "integer":
            return literal(int(value))
        if kind == "decimal":
            return literal(float(value))
    except ValueError as error:
        raise invalid(rule, f"value {value!r}", expected=f"values of type {kind}") from error
    if kind == "boolean":
        return literal(value.lower() == "true")
    return literal(value) if kind == "string" else f"{literal(value)}::{kind}"


IN_SET = Check(
    name="in_set",
    title="A value is one of a list",
    compile=_compile,
    types=("string", "integer", "decimal", "boolean", "date"),
    needs=("column|columns", "values"),
)
