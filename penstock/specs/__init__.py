"""Use-case specifications: YAML in, validated models out."""

from penstock.specs.contract import Column, Contract
from penstock.specs.features import Entity, Feature, FeatureView
from penstock.specs.format import ContractFormat
from penstock.specs.loader import load_use_case, parse_use_case
from penstock.specs.model import Candidate, Gates, ModelSpec, Split, Target
from penstock.specs.monitoring import MonitoringSpec, RetrainingPolicy
from penstock.specs.requests import DeploymentRequest, TrainingRequest
from penstock.specs.rule import Rule
from penstock.specs.serving import Rollout, ServingSpec
from penstock.specs.usecase import RiskQuestionnaire, UseCase

__all__ = [
    "Candidate",
    "Column",
    "Contract",
    "ContractFormat",
    "DeploymentRequest",
    "Entity",
    "Feature",
    "FeatureView",
    "Gates",
    "ModelSpec",
    "MonitoringSpec",
    "RetrainingPolicy",
    "RiskQuestionnaire",
    "Rollout",
    "Rule",
    "ServingSpec",
    "Split",
    "Target",
    "TrainingRequest",
    "UseCase",
    "load_use_case",
    "parse_use_case",
]
