"""Documents of feature views, their features, on-demand features and services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock.catalog.search.document import Document
from penstock.specs.sensitivity import (
    column_sensitivities,
    on_demand_sensitivities,
    sensitivity_of,
    view_sensitivity,
)

if TYPE_CHECKING:
    from penstock.catalog.metadata import Operations
    from penstock.features.catalogue import Definition, FeatureCatalogue
    from penstock.specs import FeatureService, FeatureView, OnDemandFeature, UseCase


def feature_documents(
    use_case: UseCase,
    registered: str,
    uses: Counter[str],
    observations: Mapping[str, Operations],
    known: FeatureCatalogue | None,
) -> Iterator[Document]:
    """Yield the documents of feature views and their features, on-demand features, and services.

    Parameters
    ----------
    registered
        When the use case was.
    uses
        How often each is used, by node.
    observations
        Of datasets, by node.
    known
        What is in force and what is deprecated, and how fresh views are.
    """
    found = known.definitions(use_case.name) if known else []
    states = {(one.kind, one.name): one for one in sorted(found, key=lambda one: one.computed)}
    for view in use_case.features:
        made = known.observed(use_case.name, view.name, view.version) if known else None
        observed = observations.get(f"dataset:{use_case.name}/{view.dataset}")
        updated = max(made.at if made else "", observed.at if observed else registered)
        held = _Held(updated, observed.quality if observed else None, states.get(("view", view.name)))
        yield from _view(use_case, view, uses, held)
    sensitive = on_demand_sensitivities(use_case)
    for feature in use_case.on_demand:
        held = _Held(registered, None, states.get(("on_demand", feature.name)))
        yield _on_demand(use_case, feature, sensitive[feature.name][0], uses, held)
    for service in use_case.services:
        yield _service(
            use_case, service, uses, _Held(registered, None, states.get(("service", service.name)))
        )


class _Held(NamedTuple):
    """How fresh and good what is defined is, and what became of the definition."""

    updated: str
    quality: float | None
    state: Definition | None

    def facts(self, *ended: object) -> dict[str, Any]:
        """Return what ranks a document; what is deprecated comes last among its like."""
        status = str(self.state.status) if self.state else ""
        if any(ended) and status in {"", "in_force"}:
            status = "deprecated"
        if status in {"deprecated", "retired", "rejected"}:
            return {"updated_at": "", "quality": 0.0, "uses": 0, "facets": {"status": (status,)}}
        facets = {"status": (status,)} if status else {}
        return {"updated_at": self.updated, "quality": self.quality, "facets": facets}


def _view(use_case: UseCase, view: FeatureView, uses: Counter[str], held: _Held) -> Iterator[Document]:
    """Yield the documents of a feature view and its features."""
    contract = use_case.contract(view.dataset)
    owner = view.owner or (contract.owner if contract else use_case.owner)
    columns, node = column_sensitivities(contract), f"feature_view:{use_case.name}/{view.name}"
    facets: dict[str, tuple[str, ...]] = {
        "owner": (owner,),
        "use_case": (use_case.name,),
        "sensitivity": (view_sensitivity(view, columns),),
        "tag": view.tags,
    }
    meanings = (feature.meaning for feature in view.features if feature.meaning)
    yield _ranked(
        Document(
            node=node,
            kind="feature_view",
            name=view.name,
            place=f"{use_case.name} {view.dataset}",
            meaning=view.meaning or "; ".join(meanings),
            terms=view.tags,
            people=(owner,),
            rest=(view.entity.name, view.entity.key, *(feature.name for feature in view.features)),
            facets=facets,
            uses=uses[node],
        ),
        held.facts(view.deprecated),
    )
    ended = held.state.ended_features if held.state else {}
    for feature in view.features:
        tags = (*view.tags, *feature.tags)
        yield _ranked(
            Document(
                node=f"feature:{use_case.name}/{view.name}/{feature.name}",
                kind="feature",
                name=feature.name,
                place=f"{use_case.name} {view.name}",
                meaning=feature.meaning,
                terms=tags,
                people=(owner,),
                rest=(
                    feature.aggregate or "",
                    feature.of or "",
                    view.entity.name,
                    view.dataset,
                    feature.unit,
                ),
                facets={**facets, "sensitivity": (sensitivity_of(feature, view, columns),), "tag": tags},
                uses=uses[node],
            ),
            held.facts(view.deprecated, feature.deprecated, feature.name in ended),
        )


def _on_demand(
    use_case: UseCase, feature: OnDemandFeature, sensitivity: str, uses: Counter[str], held: _Held
) -> Document:
    """Return the document of a feature that is computed at request time."""
    node = f"on_demand_feature:{use_case.name}/{feature.name}"
    document = Document(
        node=node,
        kind="on_demand_feature",
        name=feature.name,
        place=use_case.name,
        meaning=feature.meaning,
        terms=feature.tags,
        people=(use_case.owner,),
        rest=(feature.expression, feature.type, feature.unit),
        facets={
            "owner": (use_case.owner,),
            "use_case": (use_case.name,),
            "sensitivity": (sensitivity,),
            "tag": feature.tags,
        },
        uses=uses[node],
    )
    return _ranked(document, held.facts(feature.deprecated))


def _service(use_case: UseCase, service: FeatureService, uses: Counter[str], held: _Held) -> Document:
    """Return the document of a feature service."""
    owner, node = service.owner or use_case.owner, f"feature_service:{use_case.name}/{service.name}"
    taken = (name for one in service.views for name in (one.view, *(one.features or ())))
    document = Document(
        node=node,
        kind="feature_service",
        name=service.name,
        place=use_case.name,
        meaning=service.meaning,
        terms=service.tags,
        people=(owner,),
        rest=(*taken, *service.on_demand),
        facets={"owner": (owner,), "use_case": (use_case.name,), "tag": service.tags},
        uses=uses[node],
    )
    return _ranked(document, held.facts(service.deprecated))


def _ranked(document: Document, facts: dict[str, Any]) -> Document:
    """Return a document with what ranks it."""
    return replace(document, **{**facts, "facets": {**document.facets, **facts["facets"]}})
