"""Feature views of Feast as ours: those that we wrote come back, others are read for what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from penstock.features.interop.differences import Unsaid
from penstock.features.interop.feast.kinds import KNOWN_FROM, VALUE_TYPES, from_tags
from penstock.features.interop.feast.known import lateness, time_to_live
from penstock.quality.expressions import parse_expression
from penstock.specs.features import Entity, Feature, FeatureView
from penstock.tables import quoted

Json = Mapping[str, Any]
_DAY = timedelta(days=1)
_COLUMN = re.compile("[A-Za-z_][A-Za-z0-9_]{0,127}")


@dataclass(frozen=True)
class Reading:
    """A view, what differs, and whether features of it are left out."""

    view: FeatureView
    unsaid: tuple[Unsaid, ...]
    narrowed: bool


def read_view(spec: Json, entities: Mapping[str, Entity]) -> Reading:
    """Read one view.

    Raises
    ------
    ValueError
        It cannot be one of ours; the message says why.
    """
    here, unsaid = f"feature view {spec['name']!r}", list[Unsaid]()
    tags, said = from_tags(spec.get("tags") or {})
    features = list(_features(spec, ours="dataset" in said, unsaid=unsaid))
    if not features:
        told = "; ".join(f"{one.what.split(' of view')[0]}: {one.why}" for one in unsaid)
        raise ValueError(f"none of its features can be taken over ({told or 'there are none'})")
    document: dict[str, Any] = {
        "name": spec["name"], "entity": _entity(spec, entities), "features": features, "tags": tags,
        "online": spec.get("online", False), "owner": spec.get("owner", ""),
        "meaning": spec.get("description", ""), "time_to_live_days": None,
        **(said or {"inclusive": True}), **_source(spec, said, here, unsaid),
    }  # fmt: skip
    view = FeatureView.model_validate(document)
    unsaid += [Unsaid(here, why) for why in _ignored(spec)]
    view = view.model_copy(update={"time_to_live_days": _days(view, spec, here, unsaid)})
    return Reading(view, tuple(unsaid), narrowed=len(features) < len(spec.get("features") or []))


def refusal(error: Exception) -> str:
    """Return why something cannot be read."""
    if isinstance(error, ValidationError):
        told = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}".lstrip(": ") for one in error.errors())
        return "; ".join(told)
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]!r}"
    return str(error)


def _entity(spec: Json, entities: Mapping[str, Entity]) -> Entity:
    """Return the one entity of a view."""
    names = [name for name in spec.get("entities") or [] if name != "__dummy"]
    if len(names) != 1:
        raise ValueError(f"it has {len(names)} entities; a view of ours has one")
    if names[0] not in entities:
        raise ValueError(f"its entity {names[0]!r} is left out")
    if spec.get("featureTransformation") or spec.get("sourceViews") or spec.get("mode"):
        raise ValueError("it is computed by Python, which is not executed: write its features in SQL")
    return entities[names[0]]


def _source(spec: Json, said: Json, here: str, unsaid: list[Unsaid]) -> dict[str, str]:
    """Return dataset and timestamp: what our tags say, else the source's name and column."""
    if "dataset" in said:
        return {}
    source = spec.get("batchSource") or {}
    if not source.get("timestampField"):
        raise ValueError("its source has no timestamp field")
    name = str(source.get("name") or spec["name"])
    dataset = re.sub("[^a-z0-9]+", "_", name.lower().rsplit("/", 1)[-1]).strip("_")[:63]
    dataset = dataset if dataset[:1].isalpha() else f"rows_{dataset}"[:63].rstrip("_")
    if dataset != name:
        unsaid.append(Unsaid(here, f"its source {name!r} is called {dataset!r}"))
    if source.get("createdTimestampColumn"):
        unsaid.append(
            Unsaid(here, "of several rows of one moment Feast takes the one created last, we the greatest")
        )
    return {"dataset": dataset, "timestamp": source["timestampField"]}


def _features(spec: Json, *, ours: bool, unsaid: list[Unsaid]) -> Iterator[Feature]:
    """Yield the features that can be taken over, and list the others."""
    mapped = {new: old for old, new in ((spec.get("batchSource") or {}).get("fieldMapping") or {}).items()}
    for field in spec.get("features") or []:
        try:
            yield _feature(field, mapped, ours=ours)
        except (ValueError, KeyError) as error:
            what = f"feature {field.get('name', '')!r} of view {spec['name']!r}"
            unsaid.append(Unsaid(what, refusal(error), lost=True))


def _feature(field: Json, mapped: Mapping[str, str], *, ours: bool) -> Feature:
    """Read a feature: ours as its tags say, another as the value in the newest row."""
    kind = VALUE_TYPES.get(field.get("valueType", ""))
    if kind is None:
        raise ValueError(f"it is {field.get('valueType', 'of no type')}, which no type of ours holds")
    tags, said = from_tags(field.get("tags") or {})
    document = {"name": field["name"], "meaning": field.get("description", ""), "tags": tags}
    if not ours:
        said = {"expression": _column(mapped.get(field["name"], field["name"])), "type": kind}
    feature = Feature.model_validate({**document, **said})
    expected = "timestamp" if feature.known_type == "date" else feature.known_type
    if expected not in {None, kind}:
        raise ValueError(f"Feast says {field['valueType']}, its definition {feature.known_type}")
    return feature


def _column(name: str) -> str:
    """Return a column as an expression, quoted where it must be."""
    if not _COLUMN.fullmatch(name):
        raise ValueError(f"its column {name!r} is no name of a column here")
    for text in (name, quoted(name)):
        try:
            if parse_expression(text).columns == (name,):
                return text
        except ValueError:
            continue
    raise ValueError(f"its column {name!r} cannot be one of a dataset")


def _ignored(spec: Json) -> Iterator[str]:
    """Yield what a view says that ours do not."""
    if spec.get("streamSource"):
        yield "its stream is left out: it is read from its batch source alone"
    if spec.get("enabled") is False or spec.get("disabled"):
        yield "it is switched off in Feast, and not here"
    if spec.get("org"):
        yield f"its organisation {spec['org']!r} is left out"
    if spec.get("version") not in {None, "", "latest"}:
        yield f"its version {spec['version']!r} is not ours"


def _days(view: FeatureView, spec: Json, here: str, unsaid: list[Unsaid]) -> int | None:
    """Return the time to live in days: ours if Feast's is still the same, else Feast's, rounded up."""
    ttl = _duration(spec.get("ttl", "0s"))
    copied = (spec.get("batchSource") or {}).get("timestampField") == KNOWN_FROM
    if ttl in {time_to_live(view, copied=copied, whole_days=whole) for whole in (True, False)}:
        return view.time_to_live_days
    if not ttl:
        return None
    ttl += lateness(view) if copied else timedelta()
    days = -(-ttl // _DAY)
    if ttl % _DAY:
        unsaid.append(Unsaid(here, f"its time to live of {ttl} becomes {days} day(s)"))
    return days


def _duration(text: str) -> timedelta:
    """Read a duration of protobuf's JSON, such as ``86399.999999s``."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?s", text):
        raise ValueError(f"its time to live {text!r} is no duration")
    return timedelta(microseconds=int(Decimal(text[:-1]) * 1_000_000))
