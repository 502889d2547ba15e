"""Feature engineering: what could be made of columns, which of it earns its cost, and what leaks the answer.

Everything that is engineered becomes an entry of ``features.yaml``, in safe SQL with learnt values as
literals: it is the same in training and serving, and needs no runtime of its own.
"""

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.features.engineering.earning import Earned, Limits, Selection
    from penstock.features.engineering.leaks import Leak, definition_leaks
    from penstock.features.engineering.plan import Engineered, expand, read_plan, write_plan
    from penstock.features.engineering.report import render
    from penstock.features.engineering.rows import Training, training_rows
    from penstock.features.engineering.selecting import Question, select
    from penstock.features.engineering.source import Source, open_rows
    from penstock.features.engineering.step import Made, Step, parse_step, step_class, step_names
    from penstock.features.engineering.suggesting import Suggestion, suggest, suggest_rolling

_HOMES = {
    "Earned": "earning",
    "Engineered": "plan",
    "Leak": "leaks",
    "Limits": "earning",
    "Made": "step",
    "Question": "selecting",
    "Selection": "earning",
    "Source": "source",
    "Step": "step",
    "Suggestion": "suggesting",
    "Training": "rows",
    "definition_leaks": "leaks",
    "expand": "plan",
    "open_rows": "source",
    "parse_step": "step",
    "read_plan": "plan",
    "render": "report",
    "select": "selecting",
    "step_class": "step",
    "step_names": "step",
    "suggest": "suggesting",
    "suggest_rolling": "suggesting",
    "training_rows": "rows",
    "write_plan": "plan",
}
__all__ = [
    "Earned",
    "Engineered",
    "Leak",
    "Limits",
    "Made",
    "Question",
    "Selection",
    "Source",
    "Step",
    "Suggestion",
    "Training",
    "definition_leaks",
    "expand",
    "open_rows",
    "parse_step",
    "read_plan",
    "render",
    "select",
    "step_class",
    "step_names",
    "suggest",
    "suggest_rolling",
    "training_rows",
    "write_plan",
]
__getattr__ = names_from(__name__, _HOMES)
