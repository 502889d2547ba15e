"""The unit a user thinks in: a folder of specifications."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from penstock.specs.base import Name, Spec
from penstock.specs.columns import curated_columns
from penstock.specs.consistency import Finding, Location
from penstock.specs.contract import Contract
from penstock.specs.enrichment import enrichment_problems
from penstock.specs.feature_findings import feature_findings
from penstock.specs.feature_sets import narrowed, with_entities
from penstock.specs.features import Entity, FeatureService, FeatureView, OnDemandFeature
from penstock.specs.guessing import meant
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
        found = [*self._of_model(), *feature_findings(self)]
        if found:
            places = [{"what": one.what, "places": [list(place) for place in one.places]} for one in found]
            raise PydanticCustomError(
                "contradiction", "{text}", {"text": "; ".join(one.what for one in found), "findings": places}
            )
        return self

    def _of_model(self) -> Iterator[Finding]:
        """Find what the model and the enrichments want that the datasets do not have."""
        yield from (Finding(problem, (("datasets",),)) for problem in enrichment_problems(self.datasets))
        contract = self.contract(self.model.dataset)
        if contract is None:
            known = [one.dataset for one in self.datasets]
            what = f"model.dataset {self.model.dataset!r} has no contract{meant(self.model.dataset, known)}"
            yield Finding(what, (("model", "dataset"),))
            return
        columns = {column.name for column in curated_columns(contract)}
        asked: dict[Location, str | None] = {
            ("target", "column"): self.model.target.column if self.model.target else None,
            ("split", "column"): self.model.split.column,
            ("timestamp",): self.model.timestamp,
            **{("features", place): name for place, name in enumerate(self.model.features)},
            **{("evaluation", name): name for name in self.model.evaluation.columns},
        }
        for place, name in asked.items():
            if name is not None and name not in columns:
                what = f"the model uses column {name!r}, which the curated data does not have"
                yield Finding(what + meant(name, columns), (("model", *place),))
        features = {one.name for view in self.features for one in view.features}
        there = {*columns, *features, *(one.name for one in self.on_demand)}
        for name in self.model.evaluation.immutable:
            if name not in there:
                what = f"model.evaluation.immutable names {name!r}, which the model cannot have"
                yield Finding(what + meant(name, there), (("model", "evaluation", "immutable"),))
        if self.model.preparation is not None:
            types = {column.name: column.type for column in curated_columns(contract)}
            joined = bool(self.model.views or self.model.service)
            for problem in preparation_problems(
                self.model.preparation, types, self.model.features, joined=joined
            ):
                yield Finding(problem, (("model", "preparation"),))
