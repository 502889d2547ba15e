"""What a use case declares, as the catalogue registers it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from penstock.features.catalogue.digests import computing, digest_of, on_demand_computing
from penstock.features.catalogue.records import Kind
from penstock.specs.feature_sets import feature_types
from penstock.specs.sensitivity import (
    column_sensitivities,
    columns_read,
    highest,
    on_demand_sensitivities,
    view_reads,
    view_sensitivity,
)

if TYPE_CHECKING:
    from penstock.specs import Contract, FeatureService, FeatureView, OnDemandFeature, UseCase
    from penstock.specs.features import Deprecation, Sensitivity

_STEWARD = "a steward approves everything of this use case"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A definition as a use case has it.

    Attributes
    ----------
    version
        0 for what the catalogue numbers itself.
    reads
        Which columns it reads that are personal or special, and which of both.
    guarded
        Whether the contract of its dataset is approved by a person.
    """

    kind: Kind
    name: str
    version: int
    computing: dict[str, Any]
    document: dict[str, Any]
    deprecated: Deprecation | None
    facts: dict[str, Any]
    types: Mapping[str, Any] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)
    guarded: bool = False
    steward: bool = False

    @cached_property
    def digest(self) -> str:
        """Of what decides the values."""
        return digest_of(self.computing)

    @cached_property
    def content(self) -> str:
        """Digest of all that it says."""
        return digest_of([self.document, dict(self.types)])

    def needs(self, replaces: int) -> tuple[str, ...]:
        """Return why a person has to approve it.

        Parameters
        ----------
        replaces
            The version that it would take the place of; 0 for none.
        """
        found = [_STEWARD] if self.steward else []
        if self.guarded and self.reads:
            found += [f"it reads {name}, which is {kind}" for name, kind in sorted(self.reads.items())]
        if self.guarded and replaces:
            found.append(f"it replaces version {replaces} of a guarded dataset's features")
        return tuple(found)


def declared(use_case: UseCase, contracts: Mapping[str, Contract]) -> Iterator[Declared]:
    """Yield the views and on-demand features of a use case; its services follow once these have versions.

    Parameters
    ----------
    contracts
        Those in force, by their datasets; a new contract that is less strict does not open what they guard.
    """
    for view in use_case.features:
        yield _view(use_case, view, contracts.get(view.dataset))
    sensitive = on_demand_sensitivities(use_case)
    for feature in use_case.on_demand:
        yield _on_demand(use_case, feature, sensitive[feature.name][0], contracts.get(use_case.model.dataset))


def declared_services(use_case: UseCase, numbers: Mapping[str, int]) -> Iterator[Declared]:
    """Yield the services of a use case.

    Parameters
    ----------
    numbers
        The version of each on-demand feature.
    """
    for service in use_case.services:
        yield _service(use_case, service, numbers)


def _view(use_case: UseCase, view: FeatureView, in_force: Contract | None) -> Declared:
    contract = use_case.contract(view.dataset)
    assert contract is not None  # noqa: S101 - a use case without it is not valid
    types, columns = feature_types(view, contract), column_sensitivities(contract)
    return Declared(
        kind="view",
        name=view.name,
        version=view.version,
        computing=computing(view, types),
        document=_dump(view),
        deprecated=view.deprecated,
        types=types,
        reads=_sensitive(view_reads(view), columns, column_sensitivities(in_force)),
        guarded=_guarded(use_case, contract, in_force),
        steward=use_case.contract_approval == "steward",
        facts={
            "owner": view.owner or contract.owner,
            "meaning": view.meaning,
            "tags": view.tags,
            "entity": view.entity.name,
            "dataset": view.dataset,
            "sensitivity": view_sensitivity(view, columns),
            "feature_count": len(view.features),
            "online": view.online,
        },
    )


def _on_demand(
    use_case: UseCase, feature: OnDemandFeature, sensitivity: str, in_force: Contract | None
) -> Declared:
    contract = use_case.contract(use_case.model.dataset)
    columns = column_sensitivities(contract)
    read = columns_read(feature.expression)
    return Declared(
        kind="on_demand",
        name=feature.name,
        version=0,
        computing=on_demand_computing(feature),
        document=_dump(feature),
        deprecated=feature.deprecated,
        types={feature.name: feature.type},
        reads=_sensitive(read, columns, column_sensitivities(in_force)),
        guarded=_guarded(use_case, contract, in_force),
        steward=use_case.contract_approval == "steward",
        facts={
            "owner": use_case.owner,
            "meaning": feature.meaning,
            "tags": feature.tags,
            "sensitivity": sensitivity,
            "feature_count": 1,
        },
    )


def _service(use_case: UseCase, service: FeatureService, numbers: Mapping[str, int]) -> Declared:
    known = {view.name: view for view in use_case.features}
    views: list[dict[str, Any]] = [
        {
            "view": one.view,
            "version": known[one.view].version,
            "features": list(one.features or (feature.name for feature in known[one.view].features)),
        }
        for one in service.views
    ]
    pins = [{"kind": "view", "name": one["view"], "version": one["version"]} for one in views]
    pins += [{"kind": "on_demand", "name": name, "version": numbers[name]} for name in service.on_demand]
    return Declared(
        kind="service",
        name=service.name,
        version=0,
        computing={"views": views, "on_demand": [[name, numbers[name]] for name in service.on_demand]},
        document=_dump(service),
        deprecated=service.deprecated,
        facts={
            "owner": service.owner or use_case.owner,
            "meaning": service.meaning,
            "tags": service.tags,
            "pins": tuple(pins),
            "feature_count": sum(len(one["features"]) for one in views) + len(service.on_demand),
        },
    )


def _sensitive(names: Iterable[str], *known: Mapping[str, Sensitivity]) -> dict[str, str]:
    """Return the columns that are personal or special in any of the contracts."""
    found = {name: highest(columns.get(name, "none") for columns in known) for name in names}
    return {name: kind for name, kind in found.items() if kind != "none"}


def _guarded(use_case: UseCase, *contracts: Contract | None) -> bool:
    return any(contract is not None and use_case.needs_approval(contract) for contract in contracts)


def _dump(spec: Any) -> dict[str, Any]:
    document: dict[str, Any] = spec.model_dump(mode="json", exclude_defaults=True)
    return document
