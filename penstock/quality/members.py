"""Lists of values in rules, and as SQL literals of a column's type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from penstock.quality.conditions import Cell, invalid
from penstock.specs import Rule
from penstock.specs.base import ColumnType
from penstock.tables import literal

SETS: tuple[ColumnType, ...] = ("string", "integer", "decimal", "boolean", "date", "timestamp")
_WORDS = 12
"""How many of the values a reason lists."""


def _as_text(value: Any) -> Any:
    """Take what YAML makes of a value back: 1, true and 2025-01-01 are written so in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_as_text)]
"""A value of any type as a contract's file has it."""
Values = Annotated[tuple[Text, ...], Field(min_length=1)]
"""A list of values, of whatever type the column is."""


def words(values: Sequence[str]) -> str:
    """Return the first values of a list for people.

    Examples
    --------
    >>> words(["a", "b"])
    'a, b'
    """
    return ", ".join(values[:_WORDS]) + (", …" if len(values) > _WORDS else "")


def members(rule: Rule, values: Sequence[str], cell: Cell) -> str:
    """Return values as a list of SQL literals of a column's type, so that 1 and 1.0 are the same decimal."""
    return ", ".join(member(rule, value, cell) for value in values)


def member(rule: Rule, value: str, cell: Cell) -> str:
    """Return a value as an SQL literal of a column's type."""
    kind = cell.column.type
    try:
        return _literal(value, kind)
    except ValueError as error:
        raise invalid(rule, f"value {value!r}", expected=f"values of type {kind}") from error


def _literal(value: str, kind: ColumnType) -> str:
    """Write a value in SQL."""
    match kind:
        case "integer":
            return literal(int(value))
        case "decimal":
            return literal(float(value))
        case "boolean" if value.lower() in {"true", "false"}:
            return literal(value.lower() == "true")
        case "date":
            return f"CAST({literal(date.fromisoformat(value).isoformat())} AS DATE)"
        case "timestamp":
            return f"CAST({literal(moment(value))} AS TIMESTAMP)"
        case "string":
            return literal(value)
    raise ValueError(value)


def moment(value: str | datetime) -> str:
    """Return a moment as UTC without an offset.

    Examples
    --------
    >>> moment("2025-01-01T02:00:00+02:00")
    '2025-01-01 00:00:00'
    """
    from datetime import UTC

    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return str(at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at)
