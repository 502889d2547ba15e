"""Serving: load a verified model, answer requests, check it before traffic, plan its rollout.

``plan`` is light enough for a Lambda handler; everything else loads on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.serving.app import application
    from penstock.serving.plan import ServingPlan, plan_serving
    from penstock.serving.predictor import Prediction, Predictor
    from penstock.serving.smoke import SmokeReport, smoke_test

__all__ = [
    "Prediction",
    "Predictor",
    "ServingPlan",
    "SmokeReport",
    "application",
    "plan_serving",
    "smoke_test",
]

_HOMES = {
    "Prediction": "predictor",
    "Predictor": "predictor",
    "ServingPlan": "plan",
    "plan_serving": "plan",
    "SmokeReport": "smoke",
    "smoke_test": "smoke",
    "application": "app",
}

__getattr__ = names_from(__name__, _HOMES)
