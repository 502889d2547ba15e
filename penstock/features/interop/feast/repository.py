"""A use case's features as a Feast repository: its configuration and its definitions, for people to read."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import yaml

from penstock.features.interop.differences import Unsaid
from penstock.features.interop.feast.kinds import KNOWN_FROM, PYTHON_TYPES, to_tags
from penstock.features.interop.feast.known import lateness, time_to_live
from penstock.features.interop.feast.on_demand import Computation, computation
from penstock.features.interop.feast.python import Code, call, value
from penstock.features.offline.layout import EVENT_TIMESTAMP, WRITE_TIME
from penstock.specs import UseCase
from penstock.specs.base import ColumnType
from penstock.specs.feature_sets import feature_types
from penstock.specs.features import Entity, Feature, FeatureService, FeatureView, OnDemandFeature

Store = Literal["file", "duckdb"]

_HEAD = '''"""Features of {name}, written by Penstock: change them there, and export again."""

from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureService, FeatureView, Field, FileSource, RequestSource, ValueType
from feast.data_format import ParquetFormat
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Bool, Float64, Int64, String, UnixTimestamp
'''
_BODY = '''def {name}_on_demand(inputs: pd.DataFrame) -> pd.DataFrame:
    """Compute it as Penstock does."""
    import duckdb

    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        return engine.execute(
            {sql}
        ).df()
'''
_VIEW_PLACES = {"name", "entity", "features", "online", "owner", "meaning", "tags"}
_PLACES = {"name", "meaning", "tags"}


@dataclass(frozen=True)
class FeastRepository:
    """The files of a Feast repository, and what Feast cannot say the same."""

    files: Mapping[str, str]
    unsaid: tuple[Unsaid, ...]


def to_feast(
    use_case: UseCase,
    *,
    source: Callable[[FeatureView], str],
    rows: Literal["stored", "copied"] = "copied",
    store: Store = "file",
) -> FeastRepository:
    """Write entities, views, on-demand features and services as Feast 0.67 has them.

    Parameters
    ----------
    source
        The path or address of a view's rows.
    rows
        ``copied`` for files that :func:`copy_rows` wrote: Feast's join then gives what ours gives. ``stored``
        for our offline store as it is: Feast counts a row at its own moment, without delay, even if it is
        deleted.
    store
        Feast's offline store. Its ``file`` store (Dask) loses rows for which nothing is known, its ``duckdb``
        store, an extra of Feast, does not.

    Returns
    -------
    FeastRepository
        What only we can say is kept as tags, so that :func:`from_feast` reads it back; what Feast would do
        otherwise is listed.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> use_case = load_use_case(Path("examples/late_invoices"))
    >>> made = to_feast(use_case, source=lambda view: f"{view.name}.parquet")
    >>> sorted(made.files)
    ['definitions.py', 'feature_store.yaml']
    """
    views, on_demand = dict(_views(use_case)), dict(_on_demand(use_case))
    unsaid = [one for view in use_case.features for one in _unsaid(view, views[view.name], rows, store)]
    left_out = {one.what for one in unsaid if one.lost}
    for feature in use_case.on_demand:
        unsaid += _unsaid_on_demand(feature, on_demand, views, left_out)
    lost = {one.what for one in unsaid if one.lost}
    kept_views = [view for view in use_case.features if _called(view) not in lost]
    kept_on_demand = [one for one in use_case.on_demand if _called(one) not in lost]
    text = [_HEAD.format(name=use_case.name), *_entity_texts(use_case)]
    for view in kept_views:
        text += _view_text(view, views[view.name], source(view), (rows, store))
    text += [_on_demand_text(use_case, one) for one in kept_on_demand]
    for service in use_case.services:
        problems = list(_unsaid_service(service, lost))
        unsaid += problems
        if not problems:
            text.append(_service_text(service, {view.name: view for view in kept_views}))
    files = {"feature_store.yaml": _configuration(use_case, store), "definitions.py": "\n\n".join(text)}
    return FeastRepository(files, tuple(unsaid))


def _configuration(use_case: UseCase, store: Store) -> str:
    return yaml.safe_dump(
        {
            "project": use_case.name,
            "provider": "local",
            "registry": "data/registry.db",
            "offline_store": {"type": store},
            "online_store": {"type": "sqlite", "path": "data/online.db"},
            "entity_key_serialization_version": 3,
        },
        sort_keys=False,
    )


def _views(use_case: UseCase) -> Iterator[tuple[str, dict[str, ColumnType]]]:
    """Yield each view's name and the types of its features."""
    for view in use_case.features:
        contract = use_case.contract(view.dataset)
        yield view.name, feature_types(view, contract) if contract else {}


def _on_demand(use_case: UseCase) -> Iterator[tuple[str, Computation]]:
    """Yield each on-demand feature's name and how it is computed."""
    yield from ((one.name, computation(use_case, one)) for one in use_case.on_demand)


def _called(one: FeatureView | OnDemandFeature) -> str:
    kind = "feature view" if isinstance(one, FeatureView) else "on-demand feature"
    return f"{kind} {one.name!r}"


def _unsaid(view: FeatureView, types: Mapping[str, ColumnType], rows: str, store: Store) -> Iterator[Unsaid]:
    """Yield what Feast would do otherwise."""
    here = _called(view)
    if view.time_to_live_days and time_to_live(view, copied=rows == "copied") <= timedelta():
        yield Unsaid(here, "its delay is not shorter than its time to live: nothing is ever known", lost=True)
        return
    if view.time_to_live_days and store == "duckdb" and rows == "copied" and lateness(view):
        yield Unsaid(here, f"Feast's DuckDB store takes whole days: a row counts {lateness(view)} too long")
    if rows == "stored":
        if not view.inclusive:
            yield Unsaid(
                here, "Feast lets a row count at its own moment; export copied rows, or make it inclusive"
            )
        if view.delay:
            yield Unsaid(here, f"Feast knows no delay: rows count {view.delay} early; export copied rows")
        yield Unsaid(here, "Feast reads deleted rows as any other; export copied rows once there are some")
    for name, kind in types.items():
        if kind in {"date", "timestamp"}:
            what = "has no dates: it is the midnight" if kind == "date" else "keeps whole seconds online"
            yield Unsaid(f"feature {name!r} of view {view.name!r}", f"Feast {what}")


def _unsaid_on_demand(
    feature: OnDemandFeature, computed: Mapping[str, Computation], views: Container[str], lost: Container[str]
) -> Iterator[Unsaid]:
    """Yield why an on-demand feature cannot be one in Feast."""
    here, how = _called(feature), computed[feature.name]
    if feature.name in views:
        yield Unsaid(here, "a feature view has its name, and Feast has one name for both", lost=True)
    elif gone := [name for name in how.features if f"feature view {name!r}" in lost]:
        yield Unsaid(here, f"it reads view {', '.join(gone)}, which is left out", lost=True)
    elif not how.features and not how.request:
        yield Unsaid(here, "it reads nothing, and Feast wants a source", lost=True)
    for name, kind in how.request.items():
        if kind is None:
            yield Unsaid(here, f"column {name!r} is none of the model's dataset: it is taken for a string")


def _unsaid_service(service: FeatureService, lost: set[str]) -> Iterator[Unsaid]:
    """Yield that a service lacks what was left out."""
    taken = [*(f"feature view {one.view!r}" for one in service.views),
             *(f"on-demand feature {name!r}" for name in service.on_demand)]  # fmt: skip
    if missing := [one for one in taken if one in lost]:
        yield Unsaid(f"feature service {service.name!r}", f"{', '.join(missing)} is left out", lost=True)


def _entity_texts(use_case: UseCase) -> Iterator[str]:
    entities = {one.name: one for one in (*use_case.entities, *(view.entity for view in use_case.features))}
    yield from (f"{name}_entity = {_entity(one)}" for name, one in entities.items())


def _entity(entity: Entity) -> str:
    kind = "INT64" if entity.type == "integer" else "STRING"
    return call("Entity", {
        "name": entity.name, "join_keys": [entity.key], "value_type": Code(f"ValueType.{kind}"),
        "description": entity.meaning or None,
    })  # fmt: skip


def _view_text(
    view: FeatureView, types: Mapping[str, ColumnType], path: str, how: tuple[str, Store]
) -> list[str]:
    """Write a view and the source of its rows."""
    copied = how[0] == "copied"
    source = call("FileSource", {
        "name": f"{view.name}_rows", "path": path, "file_format": Code("ParquetFormat()"),
        "timestamp_field": KNOWN_FROM if copied else EVENT_TIMESTAMP,
        "created_timestamp_column": WRITE_TIME,
    })  # fmt: skip
    said = view.model_dump(mode="json", exclude_defaults=True, exclude=_VIEW_PLACES)
    made = call("FeatureView", {
        "name": view.name, "entities": [Code(f"{view.entity.name}_entity")],
        "ttl": time_to_live(view, copied=copied, whole_days=how[1] == "duckdb"),
        "schema": [_field(one, types[one.name]) for one in view.features],
        "online": view.online, "source": Code(f"{view.name}_rows"), "owner": view.owner or None,
        "description": view.meaning or None, "tags": to_tags(view.tags, said),
    })  # fmt: skip
    return [f"{view.name}_rows = {source}", f"{view.name}_view = {made}"]


def _field(one: Feature, kind: ColumnType) -> Code:
    """Write a feature as a field, with what Feast has no word for in its tags."""
    said = one.model_dump(mode="json", exclude_defaults=True, exclude=_PLACES)
    return Code(call("Field", {
        "name": one.name, "dtype": Code(PYTHON_TYPES[kind]), "description": one.meaning or None,
        "tags": to_tags(one.tags, said) or None,
    }))  # fmt: skip


def _on_demand_text(use_case: UseCase, feature: OnDemandFeature) -> str:
    """Write an on-demand feature as a view of its own, and its request source."""
    how, parts = computation(use_case, feature), []
    sources = [Code(f"{view}_view[{value(list(names))}]") for view, names in how.features.items()]
    if how.request:
        schema = [Code(call("Field", {"name": name, "dtype": Code(PYTHON_TYPES[kind or "string"])}))
                  for name, kind in how.request.items()]  # fmt: skip
        request = call("RequestSource", {"name": f"{feature.name}_request", "schema": schema})
        parts.append(f"{feature.name}_request = {request}\n\n")
        sources.append(Code(f"{feature.name}_request"))
    said = feature.model_dump(mode="json", exclude_defaults=True, exclude=_PLACES)
    field = call("Field", {"name": feature.name, "dtype": Code(PYTHON_TYPES[feature.type])})
    decorator = call("on_demand_feature_view", {
        "name": feature.name, "sources": sources, "schema": [Code(field)], "mode": "pandas",
        "description": feature.meaning or None, "tags": to_tags(feature.tags, said),
    })  # fmt: skip
    body = _BODY.format(name=feature.name, sql=value(how.sql))
    return "\n".join([*parts, f"@{decorator}\n{body}"])


def _service_text(service: FeatureService, views: Mapping[str, FeatureView]) -> str:
    taken = [Code(f"{one.view}_view" + (f"[{value(list(one.features))}]" if one.features else ""))
             for one in service.views]  # fmt: skip
    said = service.model_dump(mode="json", exclude_defaults=True, include={"deprecated"})
    if listed := [one.view for one in service.views if _is_all(one.features, views[one.view])]:
        said["views"] = listed
    made = call("FeatureService", {
        "name": service.name,
        "features": [*taken, *(Code(f"{name}_on_demand") for name in service.on_demand)],
        "owner": service.owner or None, "description": service.meaning or None,
        "tags": to_tags(service.tags, said) or None,
    })  # fmt: skip
    return f"{service.name}_service = {made}\n"


def _is_all(named: tuple[str, ...] | None, view: FeatureView) -> bool:
    """Tell whether a service names all features of a view, which Feast writes like none."""
    return named == tuple(one.name for one in view.features)
