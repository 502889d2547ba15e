"""How feature views, on-demand features and services of a use case fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from penstock.specs.base import ColumnType
from penstock.specs.columns import curated_columns

if TYPE_CHECKING:
    from penstock.specs.contract import Contract
    from penstock.specs.features import FeatureService, FeatureView


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
