"""No two rows may have the same values."""

from penstock.quality.conditions import Cells, Check, Condition, condition, found, looked_at
from penstock.specs import Rule


def _compile(rule: Rule, cells: Cells) -> Condition:
    """Keep the first row of each value; a row with a null is never a repetition."""
    columns = looked_at(rule)
    return condition(
        rule,
        passes="TRUE",
        reason=found(cells, columns, "a value that no earlier row has"),
        repeats=tuple(cells[name].text for name in columns),
    )


UNIQUE = Check(name="unique", title="No value, or combination of values, occurs twice", compile=_compile)
