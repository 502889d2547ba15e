"""A day or moment must not be before another one of the same row."""

from penstock.quality.conditions import Cells, Check, Condition, condition, every, found, invalid, looked_at
from penstock.specs import Rule

_TIMES = ("date", "timestamp")


def _compile(rule: Rule, cells: Cells) -> Condition:
    """Compare with the other column; a null on either side passes."""
    columns, other = looked_at(rule), cells[str(rule.other)]
    if other.column.type not in _TIMES:
        raise invalid(rule, f"{rule.other} of type {other.column.type}", expected="a date or timestamp")
    return condition(
        rule,
        passes=every(cells, columns, lambda cell: f"{cell.typed} >= {other.typed}"),
        reason=f"{found(cells, columns, f'not before {rule.other} ')} || {other.shown}",
    )


NOT_BEFORE = Check(
    name="not_before",
    title="A day is not before another one",
    compile=_compile,
    types=("date", "timestamp"),
    needs=("column|columns", "other"),
)
