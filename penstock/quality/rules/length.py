"""A text must have a number of characters."""

from penstock.quality.conditions import (
    Cells,
    Check,
    Condition,
    bounds,
    condition,
    every,
    found,
    looked_at,
    within,
)
from penstock.specs import Rule


def _compile(rule: Rule, cells: Cells) -> Condition:
    """Count characters, not bytes."""
    columns = looked_at(rule)
    return condition(
        rule,
        passes=every(cells, columns, lambda cell: within(f"length({cell.text})", rule)),
        reason=found(cells, columns, f"{bounds(rule)} characters"),
    )


LENGTH = Check(
    name="length",
    title="A text is neither too short nor too long",
    compile=_compile,
    types=("string",),
    needs=("column|columns", "minimum|maximum"),
)
