"""Serving: load a verified model, answer requests, check it before traffic, plan its rollout.

``plan`` is light enough for a Lambda handler; everything else loads on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:
    """Load a public name's module on first use, so that a handler pays for ``plan`` alone."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
