"""The unit a user thinks in: a folder of specifications."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from pydantic import Field, model_validator

from penstock.specs.base import Name, Spec
from penstock.specs.columns import curated_columns
from penstock.specs.contract import Contract
from penstock.specs.enrichment import enrichment_problems
from penstock.specs.feature_sets import feature_problems, narrowed, with_entities
from penstock.specs.features import Entity, FeatureService, FeatureView, OnDemandFeature
from penstock.specs.model import ModelSpec
from penstock.specs.monitoring import MonitoringSpec
from penstock.specs.preparing import preparation_problems
from penstock.specs.serving import ServingSpec

_GUARDED = {"confidential", "restricted"}


class RiskQuestionnaire(Spec):
    """The answers from which ``penstock.governance`` derives the risk tier."""

    audience: Literal["internal", "customers", "public"] = "internal"
    impact: Literal["convenience", "financial", "legal", "health"] = "convenience"
    autonomy: Literal["decision_support", "automatic"] = "decision_support"
    lifetime_months: int = Field(default=12, ge=1)
    personal_data: bool = False


class UseCase(Spec):
    """Everything that is declared about one use case."""

    name: Name
    title: str
    owner: str
    description: str = ""
    risk: RiskQuestionnaire
    contract_approval: Literal["by_classification", "steward"] = "by_classification"
    """Whose contracts a person approves: those of confidential or restricted datasets, or with personal data;
    or all (``steward``)."""
    datasets: tuple[Contract, ...] = Field(min_length=1)
    entities: tuple[Entity, ...] = ()
    features: tuple[FeatureView, ...] = ()
    on_demand: tuple[OnDemandFeature, ...] = ()
    services: tuple[FeatureService, ...] = ()
    model: ModelSpec
    serving: ServingSpec = ServingSpec()
    monitoring: MonitoringSpec = MonitoringSpec()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def needs_approval(self, contract: Contract) -> bool:
        """Say whether a person other than who registers it must approve a contract before files flow."""
        if self.contract_approval == "steward" or contract.classification in _GUARDED:
            return True
        return any(column.sensitivity != "none" for column in contract.columns)

    def contract(self, dataset: str) -> Contract | None:
        """Return the contract of a dataset, or None."""
        return next((contract for contract in self.datasets if contract.dataset == dataset), None)

    def view(self, name: str) -> FeatureView | None:
        """Return a feature view by name, or None."""
        return next((view for view in self.features if view.name == name), None)

    def service(self, name: str) -> FeatureService | None:
        """Return a feature service by name, or None."""
        return next((service for service in self.services if service.name == name), None)

    @property
    def model_views(self) -> tuple[FeatureView, ...]:
        """The views that the model uses, with those features alone that it uses."""
        views = {view.name: view for view in self.features}
        service = self.service(self.model.service) if self.model.service else None
        return narrowed(service, views) if service else tuple(views[name] for name in self.model.views)

    @property
    def model_on_demand(self) -> tuple[OnDemandFeature, ...]:
        """The on-demand features that the model uses, in the order in which they can be computed."""
        service = self.service(self.model.service) if self.model.service else None
        return tuple(one for one in self.on_demand if service and one.name in service.on_demand)

    @model_validator(mode="before")
    @classmethod
    def _entities_by_name(cls, document: Any) -> Any:
        return with_entities(document)

    @model_validator(mode="after")
    def _references_exist(self) -> UseCase:
        contract = self.contract(self.model.dataset)
        if contract is None:
            raise ValueError(f"model.dataset {self.model.dataset!r} has no contract")
        if problems := enrichment_problems(self.datasets):
            raise ValueError("; ".join(problems))
        columns = {column.name for column in curated_columns(contract)}
        asked = {*self.model.features, self.model.split.column}
        if self.model.target:
            asked.add(self.model.target.column)
        if self.model.timestamp:
            asked.add(self.model.timestamp)
        if missing := sorted(asked - columns):
            raise ValueError(
                f"the model uses columns that the curated data does not have: {', '.join(missing)}"
            )
        if problems := [*feature_problems(self), *_preparing(self.model, contract)]:
            raise ValueError("; ".join(problems))
        if self.model.service is not None and self.service(self.model.service) is None:
            raise ValueError(f"the model uses feature service {self.model.service!r}, which is not declared")
        if unknown := sorted(name for name in self.model.views if self.view(name) is None):
            raise ValueError(f"the model uses feature views that are not declared: {', '.join(unknown)}")
        return self


def _preparing(model: ModelSpec, contract: Contract) -> list[str]:
    """Say what is wrong with the declared preparation steps."""
    if model.preparation is None:
        return []
    types = {column.name: column.type for column in curated_columns(contract)}
    joined = bool(model.views or model.service)
    return preparation_problems(model.preparation, types, model.features, joined=joined)
