"""Rules on data: what a contract demands, as conditions that one scan answers."""

from penstock.quality.compilation import compile_contract
from penstock.quality.conditions import Check, Condition
from penstock.quality.scan import Outcome, bad_rows, scan
from penstock.quality.types import source, sql_type, typed

__all__ = [
    "Check",
    "Condition",
    "Outcome",
    "bad_rows",
    "compile_contract",
    "scan",
    "source",
    "sql_type",
    "typed",
]
