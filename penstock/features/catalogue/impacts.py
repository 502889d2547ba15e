"""What would break if something were no longer there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from penstock.features.catalogue.records import Definition, Kind, ModelUse, Pin, Status
from penstock.models.version import Stage
from penstock.specs.features import OnDemandFeature
from penstock.specs.sensitivity import columns_read

if TYPE_CHECKING:
    from penstock.catalog.lineage import Lineage
    from penstock.features.catalogue.catalogue import FeatureCatalogue
    from penstock.models import ModelRepository, ModelVersion
    from penstock.specs import UseCase

SERVING = frozenset({Stage.CHAMPION, Stage.DEPLOYING})
"""Stages of models that answer requests."""

_DEAD = frozenset({Stage.REFUSED, Stage.REJECTED, Stage.EXPIRED})
"""Stages of models that never will."""


class UsingModel(BaseModel):
    """A version of a model that was trained with something."""

    model_config = ConfigDict(frozen=True)

    version: int
    stage: str
    features: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()

    @property
    def serves(self) -> bool:
        """Whether it answers requests."""
        return self.stage in SERVING


class Impact(BaseModel):
    """Who uses a definition, or a feature of a view.

    Attributes
    ----------
    services, on_demand
        Versions that are in force or waiting, as ``name@version``.
    models
        Those that are, or may become, live.
    declared_by_model
        The use case's model is declared with it, so that the next training needs it.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    reference: str
    services: tuple[str, ...] = ()
    on_demand: tuple[str, ...] = ()
    models: tuple[UsingModel, ...] = ()
    declared_by_model: bool = False

    @property
    def breaks(self) -> tuple[str, ...]:
        """What would break, in words; what is live comes first."""
        return tuple(_breaks(self))

    @property
    def holds(self) -> tuple[str, ...]:
        """Why it cannot be retired."""
        found = [f"version {one.version} of the model is {one.stage}" for one in self.models if one.serves]
        return (*found, *(("the use case's model is declared with it",) if self.declared_by_model else ()))


def impact(
    catalogue: FeatureCatalogue,
    models: ModelRepository,
    use_case: str,
    reference: str,
    *,
    declared: UseCase | None = None,
    lineage: Lineage | None = None,
) -> Impact:
    """Return who uses a definition, or a feature of a view.

    Parameters
    ----------
    reference
        Such as ``customer_history``, ``customer_history@1`` or ``customer_history.late_share``.
    declared
        The use case as it is registered, to tell whether its next training needs it.
    lineage
        To name the endpoints of models that serve.

    Raises
    ------
    NotFound
        There is no such definition or feature.
    """
    one, feature = catalogue.resolve(use_case, reference)
    known = catalogue.definitions(use_case)
    services = [
        of for of in known if of.kind == "service" and _open(of) and _has(catalogue, of, one, feature)
    ]
    versions = {version.version: version for version in models.versions(use_case)}
    using = [use for use in catalogue.uses(use_case) if use.uses(one.kind, one.name, one.version, feature)]
    return Impact(
        use_case=use_case,
        reference=f"{one.reference}{f'.{feature}' if feature else ''}",
        services=tuple(of.reference for of in services),
        on_demand=tuple(of.reference for of in known if _reads(catalogue, of, one, feature)),
        models=tuple(
            _model(versions[use.model], use, one.name, lineage)
            for use in using
            if use.model in versions and versions[use.model].stage not in _DEAD
        ),
        declared_by_model=declared is not None and _declared(declared, one, feature, services),
    )


def _breaks(found: Impact) -> Iterator[str]:
    for model in sorted(found.models, key=lambda one: not one.serves):
        where = f" on {', '.join(model.endpoints)}" if model.endpoints else ""
        yield f"model version {model.version} ({model.stage}){where}"
    if found.declared_by_model:
        yield "the next training: the model is declared with it"
    yield from (f"feature service {name}" for name in found.services)
    yield from (f"on-demand feature {name}" for name in found.on_demand)


def _open(one: Definition) -> bool:
    return one.computed or one.status is Status.PROPOSED


def _has(catalogue: FeatureCatalogue, service: Definition, one: Definition, feature: str) -> bool:
    """Say whether a service takes a definition."""
    if one.kind == "service":
        return False
    pinned = Pin(kind=one.kind, name=one.name, version=one.version) in service.pins
    return pinned and (not feature or feature in catalogue.features_of(service))


def _reads(catalogue: FeatureCatalogue, other: Definition, one: Definition, feature: str) -> bool:
    """Say whether an on-demand feature is computed from a definition."""
    if other.kind != "on_demand" or not _open(other) or one.kind == "service" or other.name == one.name:
        return False
    said = catalogue.document(other)
    assert isinstance(said, OnDemandFeature)  # noqa: S101 - that is what the kind says
    wanted = {feature} if feature else set(catalogue.features_of(one))
    return bool(wanted & set(columns_read(said.expression)))


def _model(version: ModelVersion, use: ModelUse, name: str, lineage: Lineage | None) -> UsingModel:
    features = tuple(feature for one in use.views if one.view == name for feature in one.features)
    endpoints: tuple[str, ...] = ()
    if lineage is not None and version.stage in SERVING:
        graph = lineage.downstream(f"model:{version.use_case}/{version.version}", depth=1)
        endpoints = tuple(node.rpartition("/")[2] for node in graph.nodes if node.startswith("endpoint:"))
    return UsingModel(
        version=version.version, stage=str(version.stage), features=features, endpoints=endpoints
    )


def _declared(use_case: UseCase, one: Definition, feature: str, services: list[Definition]) -> bool:
    """Say whether the declared model takes a definition."""
    kinds: dict[Kind, bool] = {
        "view": one.name in {view.name for view in use_case.model_views},
        "on_demand": one.name in {other.name for other in use_case.model_on_demand},
        "service": one.name == use_case.model.service,
    }
    if not kinds[one.kind]:
        return False
    if one.kind == "view":
        taken = {f.name for view in use_case.model_views if view.name == one.name for f in view.features}
        declared = use_case.view(one.name)
        same = declared is not None and declared.version == one.version
        return same and (not feature or feature in taken)
    return one.kind == "service" or any(one.reference == str(pin) for of in services for pin in of.pins)
