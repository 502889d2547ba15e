"""Monitoring: baselines, drift of live traffic, the retraining policy; in Model Monitor's file formats.

``policy`` is light enough for a Lambda handler; everything else loads on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

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

__getattr__ = names_from(__name__, _HOMES)
