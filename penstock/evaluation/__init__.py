"""Evaluation: metrics with intervals, comparison with baseline and champion, the verdict of the gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.evaluation.evaluate import Evaluation, evaluate_run
    from penstock.evaluation.verdict import Check, Verdict

__all__ = ["Check", "Evaluation", "Verdict", "evaluate_run"]

_HOMES = {"Evaluation": "evaluate", "evaluate_run": "evaluate", "Check": "verdict", "Verdict": "verdict"}

__getattr__ = names_from(__name__, _HOMES)
