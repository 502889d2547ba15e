"""Which of the registered versions count now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from penstock.errors import FeaturesPending
from penstock.features.catalogue.definitions import Stored
from penstock.features.catalogue.records import LIVE, Definition, Kind, ModelUse, Pin, Status

if TYPE_CHECKING:
    from penstock.specs import UseCase

_PARTS: dict[str, Kind] = {"features": "view", "on_demand": "on_demand", "services": "service"}
"""Fields of a use case, and what they declare."""


def current(found: Iterable[Stored]) -> Definition | None:
    """Return the version of a name that is computed now: the newest approved one, unless it is retired."""
    live = [one.definition for one in found if one.definition.status in LIVE]
    last = max(live, key=lambda one: one.version, default=None)
    return last if last is not None and last.computed else None


def of_name(known: Iterable[Stored], kind: str, name: str) -> list[Stored]:
    """Return the versions of a name."""
    return [one for one in known if (one.definition.kind, one.definition.name) == (kind, name)]


def parts_in_force(known: list[Stored], use_case: UseCase) -> dict[str, list[Definition]]:
    """Return the definitions in force by the fields of a use case, in its order; see ``in_force``."""
    found: dict[tuple[str, str], Definition] = {
        (kind, one.name): now
        for part, kind in _PARTS.items()
        for one in getattr(use_case, part)
        if (now := current(of_name(known, kind, one.name)))
    }
    service = found.get(("service", use_case.model.service or ""))
    for pin in service.pins if service else ():
        pinned = _version(known, pin)
        if pinned is not None and pinned.computed:
            found[pin.kind, pin.name] = pinned
    return {
        part: [
            found[kind, one.name]
            for one in getattr(use_case, part)
            if (kind, one.name) in found and all(_fits(pin, found) for pin in found[kind, one.name].pins)
        ]
        for part, kind in _PARTS.items()
    }


def missing_parts(use_case: UseCase, found: UseCase) -> list[str]:
    """Return the names of what the model needs and what is not in force."""
    model = use_case.model
    there = {one.name for one in (found.services if model.service else found.features)}
    wanted = (model.service,) if model.service else model.views
    return [name for name in wanted if name not in there]


def pending(use_case: UseCase, missing: list[str], known: Iterable[Definition]) -> FeaturesPending:
    """Make the error of a model whose features are not in force."""
    states = [
        f"{one.reference}: {one.status}{_because(one)}"
        for one in known
        if one.name in missing or one.status is Status.PROPOSED
    ]
    waits = "Let somebody else approve them: penstock feature approve. Then train again."
    return FeaturesPending(
        "The model uses features that are not in force.",
        found="; ".join(states) or f"{', '.join(missing)}: not in the catalogue",
        where=use_case.name,
        action=waits if states else "Register the use case again: penstock register.",
    )


def _because(one: Definition) -> str:
    return f" ({'; '.join(one.needs)})" if one.needs else ""


def views_in_use(known: list[Stored], use_case: UseCase, used: Iterable[ModelUse]) -> set[tuple[str, int]]:
    """Return name and version of each computed view that is in force, or that services or models take."""
    names = {_PARTS[part]: [one.name for one in getattr(use_case, part)] for part in _PARTS}
    services = [current(of_name(known, "service", name)) for name in names["service"]]
    pins = {(pin.name, pin.version) for one in services if one for pin in one.pins if pin.kind == "view"}
    pins |= {(one.view, one.version) for use in used for one in use.views}
    views = [current(of_name(known, "view", name)) for name in names["view"]]
    pins |= {(one.name, one.version) for one in views if one}
    return pins & {
        (one.definition.name, one.definition.version)
        for one in known
        if one.definition.kind == "view" and one.definition.computed
    }


def _version(known: Iterable[Stored], pin: Pin) -> Definition | None:
    found = (one.definition for one in of_name(known, pin.kind, pin.name))
    return next((one for one in found if one.version == pin.version), None)


def _fits(pin: Pin, found: Mapping[tuple[str, str], Definition]) -> bool:
    """Say whether a part of a service is there in the version that it was registered with."""
    part = found.get((pin.kind, pin.name))
    return part is not None and part.version == pin.version
