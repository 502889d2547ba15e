"""A Feast registry, as ``feast registry-dump`` prints it, read as features; nothing of it is executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeVar

from pydantic import ValidationError

from penstock.errors import InvalidSpec
from penstock.features.interop.differences import Unsaid
from penstock.features.interop.feast.kinds import VALUE_TYPES, from_tags
from penstock.features.interop.feast.views import Reading, read_view, refusal
from penstock.quality.expressions import parse_expression
from penstock.specs.features import Entity, FeatureService, FeatureView, OnDemandFeature

Json = Mapping[str, Any]
Made = TypeVar("Made")

_READ = {"entities", "featureViews", "onDemandFeatureViews", "featureServices"}
_NO_DEFINITIONS = {
    "dataSources",
    "infra",
    "project",
    "projects",
    "projectMetadata",
    "featureViewVersionHistory",
}
_OTHERS = {
    "streamFeatureViews": "there are no views of streams; let the stream land as files of a dataset",
    "labelViews": "labels come from the model's dataset",
    "savedDatasets": "datasets are snapshots in the lake",
    "validationReferences": "checks are rules of a contract",
    "permissions": "permissions are those of AWS",
}


@dataclass(frozen=True)
class ImportedFeatures:
    """What a registry becomes, and what could not be taken over or differs."""

    entities: tuple[Entity, ...]
    views: tuple[FeatureView, ...]
    on_demand: tuple[OnDemandFeature, ...]
    services: tuple[FeatureService, ...]
    unsaid: tuple[Unsaid, ...]

    def document(self) -> dict[str, Any]:
        """Return it as ``features.yaml`` has it."""
        parts = {"entities": self.entities, "views": self.views, "on_demand": self.on_demand,
                 "services": self.services}  # fmt: skip
        written = {
            part: [one.model_dump(mode="json", exclude_defaults=True) for one in made]
            for part, made in parts.items()
            if made
        }
        for view in written.get("views", ()):
            view["entity"] = view["entity"]["name"]
        return written


def from_feast(registry: Json) -> ImportedFeatures:
    """Read the definitions of a Feast registry.

    Parameters
    ----------
    registry
        JSON that ``feast registry-dump`` of Feast 0.67 prints, or its registry's protobuf as JSON.

    Returns
    -------
    ImportedFeatures
        Every object is taken over, or listed with the reason why not. A view that we exported comes back as
        it was. A feature of somebody else's view is the value in the entity's newest row, which counts at its
        own moment already (``inclusive``), as Feast has it.

    Raises
    ------
    InvalidSpec
        It is no registry.

    Examples
    --------
    >>> registry = {
    ...     "entities": [{"spec": {"name": "driver", "joinKey": "driver_id", "valueType": "INT64"}}],
    ...     "featureViews": [{"spec": {
    ...         "name": "trips", "entities": ["driver"], "online": True, "ttl": "86400s",
    ...         "features": [{"name": "rating", "valueType": "DOUBLE"}],
    ...         "batchSource": {"name": "trip_rows", "timestampField": "at"}}}]}
    >>> imported = from_feast(registry)
    >>> imported.views[0].features[0].expression, imported.views[0].time_to_live_days
    ('rating', 1)
    """
    lists = {name: _specs(registry, name) for name in sorted(_READ)}
    if not any(lists.values()):
        raise InvalidSpec(
            "This is no registry of Feast, or an empty one.",
            found=", ".join(map(str, registry)) or "nothing",
            expected='{"entities": [{"spec": {…}}], "featureViews": […], …}',
            action="Print the registry with: feast registry-dump > registry.json",
        )  # fmt: skip
    unsaid = list(_foreign(registry))
    entities = dict(_each(lists["entities"], "entity", _entity, unsaid))
    readings = dict(_each(lists["featureViews"], "feature view",
                          lambda spec: read_view(spec, entities), unsaid))  # fmt: skip
    unsaid += [one for reading in readings.values() for one in reading.unsaid]
    views = {name: reading.view for name, reading in readings.items()}
    computed = dict(_each(lists["onDemandFeatureViews"], "on-demand feature view", _on_demand, unsaid))
    on_demand = _ordered(computed, unsaid)
    services = dict(_each(lists["featureServices"], "feature service",
                          lambda spec: _service(spec, readings, on_demand), unsaid))  # fmt: skip
    return ImportedFeatures(
        tuple(entities.values()), tuple(views.values()), tuple(on_demand.values()), tuple(services.values()),
        tuple(unsaid),
    )  # fmt: skip


def _specs(registry: Json, name: str) -> list[Json]:
    """Return the specifications of one kind."""
    found = registry.get(name) or []
    if not isinstance(found, list) or not all(
        isinstance(one, Mapping) and isinstance(one.get("spec"), Mapping) for one in found
    ):
        raise InvalidSpec("This is no registry of Feast.", found=f"{name}: {type(found).__name__}",
                          expected='a list of {"spec": {…}}')  # fmt: skip
    return [one["spec"] for one in found]


def _foreign(registry: Json) -> Iterator[Unsaid]:
    """Yield the objects of kinds that have no counterpart."""
    for kind, found in registry.items():
        if kind in _READ | _NO_DEFINITIONS or not isinstance(found, list):
            continue
        for one in found:
            told = one.get("spec", one) if isinstance(one, Mapping) else {}
            name = told.get("name", "") if isinstance(told, Mapping) else ""
            yield Unsaid(f"{kind} {name!r}", _OTHERS.get(kind, "nothing of ours is the same"), lost=True)


def _each(
    specs: Sequence[Json], kind: str, read: Callable[[Json], Made | None], unsaid: list[Unsaid]
) -> Iterator[tuple[str, Made]]:
    """Yield what specifications become by name, and list those that cannot be read."""
    for spec in specs:
        try:
            made = read(spec)
        except (ValueError, ValidationError, KeyError, TypeError, AttributeError) as error:
            unsaid.append(Unsaid(f"{kind} {spec.get('name', '')!r}", refusal(error), lost=True))
            continue
        if made is not None:
            yield str(spec["name"]), made


def _entity(spec: Json) -> Entity | None:
    """Read an entity; None for the one that Feast makes up for views without."""
    if spec["name"] == "__dummy":
        return None
    kind = VALUE_TYPES.get(spec.get("valueType", "STRING"), "")
    if kind not in {"string", "integer"}:
        raise ValueError(f"its key is {spec.get('valueType')}; a key is a string or an integer")
    key = spec.get("joinKey") or spec["name"]
    return Entity.model_validate(
        {"name": spec["name"], "key": key, "type": kind, "meaning": spec.get("description", "")}
    )


def _on_demand(spec: Json) -> OnDemandFeature:
    """Read an on-demand view that we wrote; anybody else's is Python, which is not run."""
    fields = spec.get("features") or []
    tags, said = from_tags(spec.get("tags") or {})
    if len(fields) != 1 or "expression" not in said:
        raise ValueError("it is Python, which is not executed: write it as an expression in SQL")
    document = {"name": spec["name"], "meaning": spec.get("description", ""), "tags": tags}
    feature = OnDemandFeature.model_validate({**document, **said})
    told = VALUE_TYPES.get(fields[0].get("valueType", ""))
    if told != ("timestamp" if feature.type == "date" else feature.type):
        raise ValueError(f"Feast says {fields[0].get('valueType')}, its tag {feature.type}")
    return feature


def _ordered(found: Mapping[str, OnDemandFeature], unsaid: list[Unsaid]) -> dict[str, OnDemandFeature]:
    """Return on-demand features, each after those that it uses."""
    uses = {}
    for name, feature in found.items():
        try:
            uses[name] = [one for one in parse_expression(feature.expression).columns if one in found]
        except ValueError as error:
            unsaid.append(Unsaid(f"on-demand feature {name!r}", str(error), lost=True))
    try:
        return {name: found[name] for name in TopologicalSorter(uses).static_order() if name in uses}
    except CycleError as error:
        raise InvalidSpec(
            "On-demand features use each other in a circle.", found=", ".join(error.args[1])
        ) from error


def _service(
    spec: Json, readings: Mapping[str, Reading], on_demand: Mapping[str, OnDemandFeature]
) -> FeatureService:
    """Read a service: its views with the features that it takes, and its on-demand features."""
    tags, said = from_tags(spec.get("tags") or {})
    listed = said.pop("views", [])
    views, computed = [], []
    for one in spec.get("features") or []:
        name, taken = one["featureViewName"], [field["name"] for field in one.get("featureColumns") or []]
        if one.get("featureViewNameAlias") or one.get("joinKeyMap"):
            raise ValueError(f"it takes view {name!r} under another name or by another key")
        if name in on_demand:
            computed.append(name)
        elif name in readings:
            views.append(_taken(name, taken, readings[name], listed))
        else:
            raise ValueError(f"it takes {name!r}, which is left out")
    document = {
        "name": spec["name"], "views": views, "on_demand": computed, "owner": spec.get("owner", ""),
        "meaning": spec.get("description", ""), "tags": tags,
    }  # fmt: skip
    return FeatureService.model_validate({**document, **said})


def _taken(name: str, taken: list[str], reading: Reading, listed: Sequence[str]) -> dict[str, Any]:
    """Return what a service takes of a view: None for all of it."""
    there = [feature.name for feature in reading.view.features]
    if missing := sorted(set(taken) - set(there)):
        raise ValueError(f"it takes {', '.join(missing)} of view {name!r}, which is left out")
    whole = taken == there and not reading.narrowed and name not in listed
    return {"view": name, "features": None if whole else taken}
