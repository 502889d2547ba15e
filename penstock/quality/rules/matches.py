"""A text must contain a match of a regular expression (RE2 syntax)."""

import re

from penstock.quality.conditions import Cells, Check, Condition, condition, every, found, invalid, looked_at
from penstock.specs import Rule
from penstock.tables import literal


def _compile(rule: Rule, cells: Cells) -> Condition:
    """Search the text; anchors in the pattern make it a full match."""
    columns, pattern = looked_at(rule), str(rule.pattern)
    try:
        re.compile(pattern)
    except re.error as error:
        raise invalid(rule, f"pattern {pattern!r} ({error})", expected="a regular expression") from error
    return condition(
        rule,
        passes=every(cells, columns, lambda cell: f"regexp_matches({cell.text}, {literal(pattern)})"),
        reason=found(cells, columns, f"a match of {pattern}"),
    )


MATCHES = Check(
    name="matches",
    title="A text matches a regular expression",
    compile=_compile,
    types=("string",),
    needs=("column|columns", "pattern"),
)
