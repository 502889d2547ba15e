"""Monitoring: baselines, drift of live traffic, the retraining policy; in Model Monitor's file formats.

``policy`` is light enough for a Lambda handler; everything else loads on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.monitoring.baselining import baseline
    from penstock.monitoring.policy import RetrainingDecision, decide_retraining
    from penstock.monitoring.window import MonitoringSummary, monitor

__all__ = ["MonitoringSummary", "RetrainingDecision", "baseline", "decide_retraining", "monitor"]

_HOMES = {
    "MonitoringSummary": "window",
    "monitor": "window",
    "baseline": "baselining",
    "RetrainingDecision": "policy",
    "decide_retraining": "policy",
}


def __getattr__(name: str) -> Any:
    """Load a public name's module on first use, so that a handler pays for ``policy`` alone."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
