"""What a use case says of its features that cannot be, each finding with the places that it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from penstock.specs.base import ColumnType
from penstock.specs.columns import curated_columns
from penstock.specs.consistency import Finding, Location
from penstock.specs.guessing import meant
from penstock.specs.sensitivity import (
    AGGREGATING,
    RANK,
    column_sensitivities,
    columns_read,
    feature_reads,
    highest_of,
    on_demand_sensitivities,
)

if TYPE_CHECKING:
    from penstock.specs.features import Feature, FeatureService, FeatureView
    from penstock.specs.usecase import UseCase

_MEASURED = frozenset({"mean", "sum", "deviation", "share_above"})


def feature_findings(use_case: UseCase) -> list[Finding]:
    """Return what is wrong with the features of a use case, and with what its model takes of them."""
    return [
        *_twice(use_case),
        *_entities(use_case),
        *_views(use_case),
        *_on_demand(use_case),
        *_services(use_case),
        *_model(use_case),
    ]


def _twice(use_case: UseCase) -> Iterator[Finding]:
    """Find names that are given twice."""
    groups: dict[str, tuple[str, Sequence[Any]]] = {
        "entities": ("entities", use_case.entities),
        "features": ("feature views", use_case.features),
        "on_demand": ("on-demand features", use_case.on_demand),
        "services": ("feature services", use_case.services),
    }
    for part, (what, group) in groups.items():
        seen: dict[str, int] = {}
        for number, one in enumerate(group):
            first = seen.setdefault(one.name, number)
            if first != number:
                places: tuple[Location, ...] = ((part, number, "name"), (part, first, "name"))
                yield Finding(f"{what} are named twice: {one.name}", places)


def _entities(use_case: UseCase) -> Iterator[Finding]:
    """Find entities of one name that differ."""
    entities = {entity.name: entity for entity in use_case.entities}
    for number, view in enumerate(use_case.features):
        if entities.setdefault(view.entity.name, view.entity) != view.entity:
            what = f"feature view {view.name!r} describes entity {view.entity.name!r}"
            yield Finding(f"{what} otherwise than others do", (("features", number, "entity"),))


def _views(use_case: UseCase) -> Iterator[Finding]:
    """Find what views ask for that their dataset does not have, or that cannot be computed."""
    known = {contract.dataset for contract in use_case.datasets}
    for number, view in enumerate(use_case.features):
        here: Location = ("features", number)
        contract = use_case.contract(view.dataset)
        if contract is None:
            what = f"feature view {view.name!r} is of dataset {view.dataset!r}, which has no contract"
            yield Finding(what + meant(view.dataset, known), ((*here, "dataset"),))
            continue
        types = {column.name: column.type for column in curated_columns(contract)}
        what = f"feature view {view.name!r}"
        for field, name in (("entity", view.entity.key), ("timestamp", view.timestamp)):
            yield from _column(what, name, types, view.dataset, (*here, field))
        if types.get(view.timestamp, "date") not in {"date", "timestamp"}:
            text = f"the timestamp {view.timestamp!r} of {what} is {types[view.timestamp]}"
            yield Finding(text, ((*here, "timestamp"),))
        yield from _expression(what, view.where, types, view.dataset, (*here, "where"))
        for place, feature in enumerate(view.features):
            yield from _feature(view, feature, types, (*here, "features", place))
        yield from _lowered(view, column_sensitivities(contract), here)


def _feature(
    view: FeatureView, feature: Feature, types: Mapping[str, ColumnType], here: Location
) -> Iterator[Finding]:
    """Find what one feature cannot be computed from."""
    what = f"feature {feature.name!r} of view {view.name!r}"
    if feature.of is not None:
        yield from _column(what, feature.of, types, view.dataset, (*here, "of"))
    for field, text in (("expression", feature.expression), ("where", feature.where)):
        yield from _expression(what, text, types, view.dataset, (*here, field))
    kind = types.get(feature.of or "", "decimal")
    if feature.aggregate in _MEASURED and kind not in {"integer", "decimal", "boolean"}:
        text = f"{what} is the {feature.aggregate} of {feature.of!r}, which is {kind}"
        yield Finding(text, ((*here, "of"),))


def _column(
    what: str, name: str, types: Mapping[str, ColumnType], dataset: str, place: Location
) -> Iterator[Finding]:
    """Find a column that is not there."""
    if name not in types:
        text = f"{what} uses column {name!r}, which the curated data of {dataset!r} does not have"
        yield Finding(text + meant(name, types), (place,))


def _expression(
    what: str, text: str | None, types: Mapping[str, ColumnType], dataset: str, place: Location
) -> Iterator[Finding]:
    """Find an expression that is none, or that uses columns which are not there."""
    yield from _wrong(what, text, place)
    for name in columns_read(text):
        yield from _column(what, name, types, dataset, place)


def _wrong(what: str, text: str | None, place: Location) -> Iterator[Finding]:
    from penstock.quality.expressions import parse_expression

    try:
        if text is not None:
            parse_expression(text)
    except ValueError as error:
        yield Finding(f"{what}: {error}", (place,))


def _lowered(view: FeatureView, columns: Mapping[str, Any], here: Location) -> Iterator[Finding]:
    """Find features that are said to be less sensitive than single values which they show."""
    for place, feature in enumerate(view.features):
        inherited = highest_of(feature_reads(feature, view), columns)
        if _is_lower(feature.sensitivity, inherited) and feature.aggregate not in AGGREGATING:
            shown = f"its {feature.aggregate}" if feature.aggregate else "a value of a row"
            what = (
                f"feature {feature.name!r} of view {view.name!r} shows {shown}, reads a column that is "
                f"{inherited}, and is declared {feature.sensitivity}; "
                f"only {', '.join(sorted(AGGREGATING))} may be"
            )
            yield Finding(what, ((*here, "features", place, "sensitivity"),))


def _is_lower(declared: Any, inherited: Any) -> bool:
    return declared is not None and RANK[declared] < RANK[inherited]


def _on_demand(use_case: UseCase) -> Iterator[Finding]:
    """Find on-demand features that cannot be computed."""
    names = {feature.name for view in use_case.features for feature in view.features}
    later = {feature.name for feature in use_case.on_demand}
    sensitive = on_demand_sensitivities(use_case)
    for number, feature in enumerate(use_case.on_demand):
        here, what = ("on_demand", number), f"on-demand feature {feature.name!r}"
        yield from _wrong(what, feature.expression, (*here, "expression"))
        if feature.name in names:
            yield Finding(f"{what} has the name of a feature", ((*here, "name"),))
        if early := sorted(later & set(columns_read(feature.expression))):
            text = f"{what} uses {', '.join(early)}, which must be declared before it"
            yield Finding(text, ((*here, "expression"),))
        if _is_lower(feature.sensitivity, inherited := sensitive[feature.name][1]):
            text = f"{what} reads what is {inherited}, and is declared {feature.sensitivity}"
            yield Finding(text, ((*here, "sensitivity"),))
        later.discard(feature.name)


def _services(use_case: UseCase) -> Iterator[Finding]:
    """Find what services take that is not there, and names that clash within one."""
    views = {view.name: {feature.name for feature in view.features} for view in use_case.features}
    for number, service in enumerate(use_case.services):
        here: Location = ("services", number)
        taken = list[str]()
        for place, wanted in enumerate(service.views):
            at: Location = (*here, "views", place)
            if wanted.view not in views:
                what = f"feature service {service.name!r} takes view {wanted.view!r}, which is not declared"
                yield Finding(what + meant(wanted.view, views), (at,))
                continue
            yield from _not_in_view(service, wanted.view, wanted.features or (), views[wanted.view], at)
            taken += set(wanted.features) if wanted.features else views[wanted.view]
        if twice := sorted({name for name in taken if taken.count(name) > 1}):
            what = f"feature service {service.name!r} has features of one name: {', '.join(twice)}"
            yield Finding(what, ((*here, "views"),))
        yield from _missing_inputs(use_case, service, set(taken), here)


def _not_in_view(
    service: FeatureService, view: str, wanted: Collection[str], known: Collection[str], at: Location
) -> Iterator[Finding]:
    """Find features that a service takes of a view which does not have them."""
    for name in sorted(set(wanted) - set(known)):
        what = f"feature service {service.name!r} takes feature {name!r}, which view {view!r} does not have"
        yield Finding(what + meant(name, known), ((*at, "features"),))


def _missing_inputs(
    use_case: UseCase, service: FeatureService, taken: set[str], here: Location
) -> Iterator[Finding]:
    """Find on-demand features of a service that are not there, or use features that it does not take."""
    known = {feature.name: feature for feature in use_case.on_demand}
    every = {feature.name for view in use_case.features for feature in view.features}
    for place, name in enumerate(service.on_demand):
        at, what = (*here, "on_demand", place), f"feature service {service.name!r}"
        if name not in known:
            text = f"{what} takes on-demand feature {name!r}, which is not declared{meant(name, known)}"
            yield Finding(text, (at,))
            continue
        needed = set(columns_read(known[name].expression)) & (every | set(known))
        if missing := sorted(needed - taken - set(service.on_demand)):
            names = ", ".join(missing)
            text = f"{what}: on-demand feature {name!r} needs {names}, which the service does not take"
            yield Finding(text, (at,))


def _model(use_case: UseCase) -> Iterator[Finding]:
    """Find the service and the views of the model that are not declared."""
    services, views = ({one.name for one in part} for part in (use_case.services, use_case.features))
    wanted = use_case.model.service
    if wanted is not None and wanted not in services:
        what = f"the model uses feature service {wanted!r}, which is not declared{meant(wanted, services)}"
        yield Finding(what, (("model", "service"),))
    for place, name in enumerate(use_case.model.views):
        if name not in views:
            what = f"the model uses feature view {name!r}, which is not declared{meant(name, views)}"
            yield Finding(what, (("model", "views", place),))
