"""Rules on data: what a contract demands, as conditions that one scan answers."""

from penstock.quality.compilation import compile_contract
from penstock.quality.conditions import Check, Condition
from penstock.quality.context import Context
from penstock.quality.outcome import Outcome
from penstock.quality.results import Result, Validation
from penstock.quality.scan import bad_rows, scan
from penstock.quality.types import source, sql_type, typed
from penstock.quality.validation import validate

__all__ = [
    "Check",
    "Condition",
    "Context",
    "Outcome",
    "Result",
    "Validation",
    "bad_rows",
    "compile_contract",
    "scan",
    "source",
    "sql_type",
    "typed",
    "validate",
]
