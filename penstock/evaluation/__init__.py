"""Evaluation: metrics with intervals, comparison with baseline and champion, the verdict of the gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.evaluation.checks import Check
    from penstock.evaluation.evaluate import Evaluation, evaluate_run
    from penstock.evaluation.history import AgedQuality, History, PastVersion
    from penstock.evaluation.verdict import Verdict

__all__ = ["AgedQuality", "Check", "Evaluation", "History", "PastVersion", "Verdict", "evaluate_run"]

_HOMES = {
    "AgedQuality": "history",
    "Check": "checks",
    "Evaluation": "evaluate",
    "History": "history",
    "PastVersion": "history",
    "Verdict": "verdict",
    "evaluate_run": "evaluate",
}

__getattr__ = names_from(__name__, _HOMES)
