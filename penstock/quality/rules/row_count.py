"""The file must have a number of rows."""

from penstock.quality.conditions import Cells, Check, Condition, bounds, within
from penstock.specs import Rule
from penstock.tables import literal


def _compile(rule: Rule, cells: Cells) -> Condition:
    """Count the rows that could be read."""
    return Condition(
        check=rule.check,
        columns=(),
        severity=rule.severity,
        mostly=rule.mostly,
        scope="file",
        passes=within("count(*)", rule),
        reason=f"'found ' || count(*) || ' rows' || {literal(', expected ' + bounds(rule))}",
    )


ROW_COUNT = Check(
    name="row_count",
    title="The file has enough rows",
    compile=_compile,
    needs=("minimum|maximum",),
)
