"""Features defined in Python: the classes of the specifications, and how they become ``features.yaml``.

>>> from penstock.features.define import Entity, FeatureView, aggregate
>>> customer = Entity(name="customer", key="customer_id")
>>> history = FeatureView(
...     name="history", entity=customer, dataset="invoices", timestamp="settled_on",
...     features=[aggregate("late_share", "share_above", "days_late", threshold=0, window="365 days")])
>>> print(features_yaml(views=[history]), end="")
entities:
- name: customer
  key: customer_id
views:
- name: history
  entity: customer
  dataset: invoices
  timestamp: settled_on
  features:
  - name: late_share
    aggregate: share_above
    of: days_late
    threshold: 0.0
    window: 365 days
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from penstock.errors import InvalidSpec
from penstock.specs.documents import plain_value, read_document
from penstock.specs.features import (
    Aggregate,
    Deprecation,
    Entity,
    Feature,
    FeatureService,
    FeatureView,
    OnDemandFeature,
    Refresh,
    ServiceView,
)
from penstock.specs.schema import FeaturesFile

__all__ = [
    "Deprecation",
    "Entity",
    "Feature",
    "FeatureService",
    "FeatureSet",
    "FeatureView",
    "OnDemandFeature",
    "Refresh",
    "ServiceView",
    "aggregate",
    "expression",
    "features_yaml",
    "read_features",
    "write_features",
]

FILE = "features.yaml"


class FeatureSet(NamedTuple):
    """What ``features.yaml`` says."""

    entities: tuple[Entity, ...] = ()
    views: tuple[FeatureView, ...] = ()
    on_demand: tuple[OnDemandFeature, ...] = ()
    services: tuple[FeatureService, ...] = ()


def aggregate(name: str, aggregate: Aggregate, of: str | None = None, **more: Any) -> Feature:
    """Return a feature that sums up the rows of an entity so far.

    Parameters
    ----------
    of
        The column; None for ``count``, or when ``expression`` is among ``more``.
    **more
        Other fields of :class:`~penstock.specs.Feature`, such as ``window`` and ``where``.

    Examples
    --------
    >>> aggregate("payments", "count", window="30 days").known_type
    'integer'
    """
    return Feature.model_validate({"name": name, "aggregate": aggregate, "of": of, **more})


def expression(name: str, expression: str, type: str, **more: Any) -> Feature:
    """Return a feature that is computed from the newest row of an entity.

    Examples
    --------
    >>> expression("per_line", "amount / line_count", "decimal").known_type
    'decimal'
    """
    return Feature.model_validate({"name": name, "expression": expression, "type": type, **more})


def features_yaml(
    *,
    views: Sequence[FeatureView] = (),
    on_demand: Sequence[OnDemandFeature] = (),
    services: Sequence[FeatureService] = (),
    entities: Sequence[Entity] = (),
) -> str:
    """Return definitions as the text of ``features.yaml``.

    The entities of the views are declared once, and named in the views.

    Raises
    ------
    InvalidSpec
        Two entities of one name differ.
    """
    declared = _entities([*entities, *(view.entity for view in views)])
    parts: dict[str, list[dict[str, Any]]] = {
        "entities": [_said(one) for one in declared.values()],
        "views": [_named(_said(view), view.entity.name) for view in views],
        "on_demand": [_said(one) for one in on_demand],
        "services": [_plain(_said(one)) for one in services],
    }
    told = {part: said for part, said in parts.items() if said}
    return yaml.dump(told, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110)


def write_features(
    folder: Path,
    *,
    views: Sequence[FeatureView] = (),
    on_demand: Sequence[OnDemandFeature] = (),
    services: Sequence[FeatureService] = (),
    entities: Sequence[Entity] = (),
) -> Path:
    """Write definitions as the ``features.yaml`` of a use case's folder, and return the file.

    What was in the file is replaced, comments included.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    text = features_yaml(views=views, on_demand=on_demand, services=services, entities=entities)
    path.write_text(text, encoding="utf-8")
    return path


def read_features(folder: Path) -> FeatureSet:
    """Read the ``features.yaml`` of a use case's folder by itself.

    Whether the datasets have the columns is not asked; :func:`~penstock.specs.load_use_case` does.

    Raises
    ------
    InvalidSpec
        The file is missing or says something that cannot be.
    """
    from pydantic import ValidationError

    from penstock.specs.feature_sets import with_entities
    from penstock.specs.mistakes import mistakes

    document = read_document(folder / FILE, FILE)
    content = {**document.content, "features": document.content.get("views", [])}
    wrong = [*document.mistakes]
    try:
        views = with_entities(content)["features"]
        found = FeaturesFile.model_validate({**document.content, "views": views})
    except ValidationError as error:
        entities = [one.get("name", "") for one in document.content.get("entities", ())]
        wrong += mistakes(error.errors(), document.place, FeaturesFile, entities)
    if wrong:
        raise InvalidSpec(
            f"The features have {len(wrong)} mistake(s).",
            found="\n    ".join(map(str, wrong)),
            where=str(folder / FILE),
        )
    return FeatureSet(found.entities, found.views, found.on_demand, found.services)


class _Writer(yaml.SafeDumper):
    """Writes texts in quotes that YAML 1.1, or our reader, takes for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True


def _text(writer: _Writer, text: str) -> yaml.ScalarNode:
    style = None if plain_value(text) == text else "'"
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _text)


def _entities(found: Sequence[Entity]) -> dict[str, Entity]:
    known: dict[str, Entity] = {}
    for one in found:
        if known.setdefault(one.name, one) != one:
            raise InvalidSpec(
                "Two entities of one name differ.", found=f"{known[one.name]!r} and {one!r}", where=one.name
            )
    return known


def _said(spec: Any) -> dict[str, Any]:
    """Return what is said beyond defaults."""
    said: dict[str, Any] = spec.model_dump(mode="json", exclude_defaults=True)
    return said


def _named(view: dict[str, Any], entity: str) -> dict[str, Any]:
    return {**view, "entity": entity}


def _plain(service: dict[str, Any]) -> dict[str, Any]:
    """Write views that are taken whole as their names."""
    views = [one["view"] if set(one) == {"view"} else one for one in service["views"]]
    return {**service, "views": views}
