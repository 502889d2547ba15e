"""How feature views, on-demand features and services of a use case fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from penstock.specs.base import ColumnType
from penstock.specs.columns import curated_columns

if TYPE_CHECKING:
    from penstock.specs.contract import Contract
    from penstock.specs.features import FeatureService, FeatureView, OnDemandFeature
    from penstock.specs.usecase import UseCase

_MEASURED = frozenset({"mean", "sum", "deviation", "share_above"})


def with_entities(document: Any) -> Any:
    """Put the declared entities in the place of their names in views; anything else stays as it is."""
    if not isinstance(document, Mapping) or not isinstance(document.get("features"), (list, tuple)):
        return document
    listed = document.get("entities")
    known = {_name(one): one for one in listed} if isinstance(listed, (list, tuple)) else {}
    views = [
        {**view, "entity": known[view["entity"]]} if _refers(view, known) else view
        for view in document["features"]
    ]
    return {**document, "features": views}


def _name(entity: Any) -> Any:
    """Return an entity's name, from a document or a specification."""
    return entity.get("name") if isinstance(entity, Mapping) else getattr(entity, "name", None)


def _refers(view: Any, known: Mapping[Any, Any]) -> bool:
    return isinstance(view, Mapping) and isinstance(view.get("entity"), str) and view["entity"] in known


def narrowed(service: FeatureService, views: Mapping[str, FeatureView]) -> tuple[FeatureView, ...]:
    """Return the views of a service, with those features alone that it takes.

    Examples
    --------
    >>> from penstock.specs.features import FeatureService, FeatureView
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "payments", "aggregate": "count"},
    ...                                 {"name": "paid_in_all", "aggregate": "sum", "of": "amount"}])
    >>> service = FeatureService(name="risk", views=[{"view": "history", "features": ["payments"]}])
    >>> [feature.name for feature in narrowed(service, {"history": view})[0].features]
    ['payments']
    """
    found = []
    for wanted in service.views:
        view = views[wanted.view]
        names = wanted.features or tuple(feature.name for feature in view.features)
        known = {feature.name: feature for feature in view.features}
        found.append(view.model_copy(update={"features": tuple(known[name] for name in names)}))
    return tuple(found)


def feature_types(view: FeatureView, contract: Contract) -> dict[str, ColumnType]:
    """Return the type of each feature of a view, in order.

    Parameters
    ----------
    contract
        Of the view's dataset.
    """
    columns = {column.name: column.type for column in curated_columns(contract)}
    return {feature.name: feature.known_type or columns[feature.of or ""] for feature in view.features}


def feature_problems(use_case: UseCase) -> list[str]:
    """Return what is wrong with the features of a use case, in words."""
    return [*_twice(use_case), *_of_views(use_case), *_of_on_demand(use_case), *_of_services(use_case)]


def _twice(use_case: UseCase) -> Iterator[str]:
    """Yield names that are given twice, and entities of one name that differ."""
    groups: dict[str, Sequence[Any]] = {
        "entities": use_case.entities,
        "feature views": use_case.features,
        "on-demand features": use_case.on_demand,
        "feature services": use_case.services,
    }
    for what, group in groups.items():
        names = [one.name for one in group]
        yield from (f"{what} are named twice: {name}" for name in sorted(set(names)) if names.count(name) > 1)
    entities = {entity.name: entity for entity in use_case.entities}
    for view in use_case.features:
        if entities.setdefault(view.entity.name, view.entity) != view.entity:
            yield f"feature view {view.name!r} describes entity {view.entity.name!r} otherwise than others do"


def _of_views(use_case: UseCase) -> Iterator[str]:
    """Yield what views ask for that their dataset does not have."""
    for view in use_case.features:
        contract = use_case.contract(view.dataset)
        if contract is None:
            yield f"feature view {view.name!r} is of dataset {view.dataset!r}, which has no contract"
            continue
        types = {column.name: column.type for column in curated_columns(contract)}
        for what, name in _asked(view):
            if name not in types:
                yield f"{what} uses column {name!r}, which the curated data of {view.dataset!r} does not have"
        if types.get(view.timestamp, "date") not in {"date", "timestamp"}:
            yield f"the timestamp {view.timestamp!r} of feature view {view.name!r} is {types[view.timestamp]}"
        yield from _unmeasurable(view, types)
        yield from _unreadable(view)


def _unmeasurable(view: FeatureView, types: Mapping[str, ColumnType]) -> Iterator[str]:
    """Yield the means and sums of what is no number."""
    for feature in view.features:
        kind = types.get(feature.of or "", "decimal")
        if feature.aggregate in _MEASURED and kind not in {"integer", "decimal", "boolean"}:
            what = f"feature {feature.name!r} of view {view.name!r}"
            yield f"{what} is the {feature.aggregate} of {feature.of!r}, which is {kind}"


def _asked(view: FeatureView) -> Iterator[tuple[str, str]]:
    """Yield each column that a view reads, and what for."""
    here = f"feature view {view.name!r}"
    yield here, view.entity.key
    yield here, view.timestamp
    for name in _columns(view.where):
        yield here, name
    for feature in view.features:
        named = (feature.of,) if feature.of else ()
        for name in (*named, *_columns(feature.expression), *_columns(feature.where)):
            yield f"feature {feature.name!r} of view {view.name!r}", name


def _columns(text: str | None) -> tuple[str, ...]:
    """Return the columns of an expression; none of one that cannot be read, which is said elsewhere."""
    from penstock.quality.expressions import parse_expression

    try:
        return parse_expression(text).columns if text is not None else ()
    except ValueError:
        return ()


def _unreadable(view: FeatureView) -> Iterator[str]:
    """Yield the expressions of a view that are none."""
    yield from _wrong(f"feature view {view.name!r}", view.where)
    for feature in view.features:
        for text in (feature.expression, feature.where):
            yield from _wrong(f"feature {feature.name!r} of view {view.name!r}", text)


def _wrong(what: str, text: str | None) -> Iterator[str]:
    from penstock.quality.expressions import parse_expression

    try:
        if text is not None:
            parse_expression(text)
    except ValueError as error:
        yield f"{what}: {error}"


def _of_on_demand(use_case: UseCase) -> Iterator[str]:
    """Yield on-demand features that cannot be computed."""
    names = {feature.name for view in use_case.features for feature in view.features}
    later = {feature.name for feature in use_case.on_demand}
    for feature in use_case.on_demand:
        what = f"on-demand feature {feature.name!r}"
        yield from _wrong(what, feature.expression)
        if feature.name in names:
            yield f"{what} has the name of a feature"
        if early := sorted(later & set(_columns(feature.expression))):
            yield f"{what} uses {', '.join(early)}, which must be declared before it"
        later.discard(feature.name)


def _of_services(use_case: UseCase) -> Iterator[str]:
    """Yield what services take that is not there, and names that clash within one."""
    views = {view.name: {feature.name for feature in view.features} for view in use_case.features}
    known = {feature.name: feature for feature in use_case.on_demand}
    for service in use_case.services:
        here, taken = f"feature service {service.name!r}", list[str]()
        for wanted in service.views:
            if wanted.view not in views:
                yield f"{here} takes view {wanted.view!r}, which is not declared"
                continue
            names = set(wanted.features) if wanted.features else views[wanted.view]
            for name in sorted(names - views[wanted.view]):
                yield f"{here} takes feature {name!r}, which view {wanted.view!r} does not have"
            taken += names
        if twice := sorted({name for name in taken if taken.count(name) > 1}):
            yield f"{here} has features of one name: {', '.join(twice)}"
        yield from _missing_inputs(here, service, known, {name for names in views.values() for name in names},
                                   set(taken))  # fmt: skip


def _missing_inputs(
    here: str,
    service: FeatureService,
    known: Mapping[str, OnDemandFeature],
    all_features: set[str],
    taken: set[str],
) -> Iterator[str]:
    """Yield on-demand features of a service that are not there, or use features that it does not take."""
    for name in service.on_demand:
        if name not in known:
            yield f"{here} takes on-demand feature {name!r}, which is not declared"
            continue
        needed = set(_columns(known[name].expression)) & (all_features | set(known))
        if missing := sorted(needed - taken - set(service.on_demand)):
            names = ", ".join(missing)
            yield f"{here}: on-demand feature {name!r} needs {names}, which the service does not take"
