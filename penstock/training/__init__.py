"""Training: prepare the data, fit the candidates, write a model that is never pickled.

``plan`` is light enough for a Lambda handler; everything else loads on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.training.artefact import ModelCard, read_card
    from penstock.training.plan import ChampionRef, PlannedCandidate, RunPlan, plan_run
    from penstock.training.preparation import Preparation
    from penstock.training.preparing import PreparedData, prepare
    from penstock.training.train import TrainedCandidate, train_candidate

__all__ = [
    "ChampionRef",
    "ModelCard",
    "PlannedCandidate",
    "Preparation",
    "PreparedData",
    "RunPlan",
    "TrainedCandidate",
    "plan_run",
    "prepare",
    "read_card",
    "train_candidate",
]

_HOMES = {
    "ChampionRef": "plan",
    "PlannedCandidate": "plan",
    "RunPlan": "plan",
    "plan_run": "plan",
    "Preparation": "preparation",
    "PreparedData": "preparing",
    "prepare": "preparing",
    "ModelCard": "artefact",
    "read_card": "artefact",
    "TrainedCandidate": "train",
    "train_candidate": "train",
}


def __getattr__(name: str) -> Any:
    """Load a public name's module on first use, so that a handler pays for ``plan`` alone."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
