"""A cell must not be empty."""

from penstock.quality.conditions import Cells, Check, Condition, condition, every, looked_at
from penstock.specs import Rule
from penstock.tables import literal


def _compile(rule: Rule, cells: Cells) -> Condition:
    """Look at the text, so that a value of the wrong type is not called missing as well."""
    columns = looked_at(rule)
    missing = ", ".join(f"CASE WHEN {cells[name].text} IS NULL THEN {literal(name)} END" for name in columns)
    return condition(
        rule,
        passes=every(cells, columns, lambda cell: f"{cell.text} IS NOT NULL"),
        reason=f"'column ' || concat_ws(', ', {missing}) || ': found nothing, expected a value'",
    )


NOT_NULL = Check(name="not_null", title="Every cell has a value", compile=_compile)
