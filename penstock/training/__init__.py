"""Training: prepare the data, fit the candidates, write a model that is never pickled.

``plan`` is light enough for a Lambda handler; everything else loads on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.training.artefact import ModelCard, read_card
    from penstock.training.plan import ChampionRef, PlannedCandidate, RunPlan, plan_run
    from penstock.training.preparation import Preparation
    from penstock.training.preparing import PreparedData, prepare
    from penstock.training.reproducing import Reproduction, reproduce, reproduce_run
    from penstock.training.train import TrainedCandidate, train_candidate
    from penstock.training.tuning import Tuned, tune_candidate

__all__ = [
    "ChampionRef",
    "ModelCard",
    "PlannedCandidate",
    "Preparation",
    "PreparedData",
    "Reproduction",
    "RunPlan",
    "TrainedCandidate",
    "Tuned",
    "plan_run",
    "prepare",
    "read_card",
    "reproduce",
    "reproduce_run",
    "train_candidate",
    "tune_candidate",
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
    "Reproduction": "reproducing",
    "reproduce": "reproducing",
    "reproduce_run": "reproducing",
    "Tuned": "tuning",
    "tune_candidate": "tuning",
    "TrainedCandidate": "train",
    "train_candidate": "train",
}

__getattr__ = names_from(__name__, _HOMES)
