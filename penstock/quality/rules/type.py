"""A text must be written as a value of a type, though it stays text."""

from typing import get_args

from penstock.quality.conditions import Cells, Check, Condition, condition, every, found, invalid, looked_at
from penstock.quality.types import typed
from penstock.specs import Rule
from penstock.specs.contract import ColumnType


def _compile(rule: Rule, cells: Cells) -> Condition:
    """Try every type that ``values`` names."""
    columns, kinds = looked_at(rule), [kind for kind in get_args(ColumnType) if kind in rule.values]
    if not kinds or len(kinds) != len(set(rule.values)):
        raise invalid(rule, f"values {list(rule.values)}", expected=f"of {', '.join(get_args(ColumnType))}")
    return condition(
        rule,
        passes=every(
            cells,
            columns,
            lambda cell: (
                f"({cell.text} IS NULL OR "
                + " OR ".join(f"{typed(cell.text, kind)} IS NOT NULL" for kind in kinds)
                + ")"
            ),
        ),
        reason=found(cells, columns, " or ".join(kinds)),
    )


TYPE = Check(
    name="type",
    title="A text is written as a value of a type",
    compile=_compile,
    types=("string",),
    needs=("column|columns", "values"),
)
