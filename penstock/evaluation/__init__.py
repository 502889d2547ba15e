"""Evaluation: metrics with intervals, comparison with baseline and champion, the verdict of the gates."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.evaluation.evaluate import Evaluation, evaluate_run
    from penstock.evaluation.verdict import Check, Verdict

__all__ = ["Check", "Evaluation", "Verdict", "evaluate_run"]

_HOMES = {"Evaluation": "evaluate", "evaluate_run": "evaluate", "Check": "verdict", "Verdict": "verdict"}


def __getattr__(name: str) -> Any:
    """Load a public name's module on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
