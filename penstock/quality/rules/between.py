"""A number must lie in a range, both ends included."""

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
    """Compare the typed value."""
    columns = looked_at(rule)
    return condition(
        rule,
        passes=every(cells, columns, lambda cell: within(cell.typed, rule)),
        reason=found(cells, columns, bounds(rule)),
    )


BETWEEN = Check(
    name="between",
    title="A number lies in a range",
    compile=_compile,
    types=("integer", "decimal"),
    needs=("column|columns", "minimum|maximum"),
)
