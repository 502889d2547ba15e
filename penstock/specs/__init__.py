"""Use-case specifications: YAML in, validated models out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.specs.contract import Column, Contract
    from penstock.specs.evaluation import CostSpec, EvaluationSpec, Facet, RobustnessSpec, SliceSpec
    from penstock.specs.features import Entity, Feature, FeatureService, FeatureView, OnDemandFeature
    from penstock.specs.format import ContractFormat
    from penstock.specs.loader import load_use_case, parse_use_case
    from penstock.specs.model import Candidate, Gates, ModelSpec, Split, Target
    from penstock.specs.monitoring import MonitoringSpec, RetrainingPolicy
    from penstock.specs.requests import DeploymentRequest, ExplanationRequest, TrainingRequest
    from penstock.specs.rule import Rule
    from penstock.specs.serving import Rollout, ServingSpec
    from penstock.specs.usecase import RiskQuestionnaire, UseCase

__all__ = [
    "Candidate",
    "Column",
    "Contract",
    "ContractFormat",
    "CostSpec",
    "DeploymentRequest",
    "Entity",
    "EvaluationSpec",
    "ExplanationRequest",
    "Facet",
    "Feature",
    "FeatureService",
    "FeatureView",
    "Gates",
    "ModelSpec",
    "MonitoringSpec",
    "OnDemandFeature",
    "RetrainingPolicy",
    "RiskQuestionnaire",
    "RobustnessSpec",
    "Rollout",
    "Rule",
    "ServingSpec",
    "SliceSpec",
    "Split",
    "Target",
    "TrainingRequest",
    "UseCase",
    "load_use_case",
    "parse_use_case",
]

_HOMES = {
    "Candidate": "model",
    "Column": "contract",
    "Contract": "contract",
    "ContractFormat": "format",
    "CostSpec": "evaluation",
    "DeploymentRequest": "requests",
    "Entity": "features",
    "EvaluationSpec": "evaluation",
    "ExplanationRequest": "requests",
    "Facet": "evaluation",
    "Feature": "features",
    "FeatureService": "features",
    "FeatureView": "features",
    "Gates": "model",
    "ModelSpec": "model",
    "MonitoringSpec": "monitoring",
    "OnDemandFeature": "features",
    "RetrainingPolicy": "monitoring",
    "RiskQuestionnaire": "usecase",
    "RobustnessSpec": "evaluation",
    "Rollout": "serving",
    "Rule": "rule",
    "ServingSpec": "serving",
    "SliceSpec": "evaluation",
    "Split": "model",
    "Target": "model",
    "TrainingRequest": "requests",
    "UseCase": "usecase",
    "load_use_case": "loader",
    "parse_use_case": "loader",
}

__getattr__ = names_from(__name__, _HOMES)
