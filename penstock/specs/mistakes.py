"""Validation errors in words that a person can act on: file, line, field, and what was probably meant."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from penstock.specs.documents import Location, Mistake
from penstock.specs.guessing import meant

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Placing = Callable[[Location], str]
"""Returns file, line and field of a location in the whole document."""


def mistakes(
    errors: Iterable[ErrorDetails], place: Placing, model: type[BaseModel], entities: Collection[str] = ()
) -> Iterator[Mistake]:
    """Yield one mistake for each error, or for each finding of a specification that contradicts itself.

    Parameters
    ----------
    entities
        Names of the declared entities, to which views may refer.
    """
    for error in errors:
        location: Location = tuple(error["loc"])
        context = error.get("ctx") or {}
        if "findings" in context:
            for finding in context["findings"]:
                first, *others = [place((*location, *one)) for one in finding["places"]]
                also = f" (see also {', '.join(others)})" if others else ""
                yield Mistake(first, f"{finding['what']}{also}")
            continue
        if location[-1:] == ("entity",) and isinstance(name := error.get("input"), str):
            yield Mistake(place(location), _no_entity(name, entities))
            continue
        yield Mistake(place(location), _words(error, location, model))


def _no_entity(name: str, known: Collection[str]) -> str:
    """Say that a view describes an entity which is not declared, and which are."""
    if not known:
        return f"there is no entity {name!r}; declare it under 'entities', or write {{name: ..., key: ...}}"
    near = meant(name, known)
    listed = "" if near.startswith("; there are") else f"; there are: {', '.join(sorted(known))}"
    return f"there is no entity {name!r}{near}{listed}"


def _words(error: ErrorDetails, location: Location, model: type[BaseModel]) -> str:
    """Say what is wrong with a field."""
    if error["type"] == "extra_forbidden":
        known = _fields(model, location[:-1])
        return f"there is no such field{meant(str(location[-1]), known)}"
    said = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing":
        return "is missing"
    value = error.get("input")
    if isinstance(value, str | int | float | bool):
        choices = re.findall(r"'([^']*)'", said) if error["type"] == "literal_error" else []
        return f"{said}; found {value!r}{meant(str(value), choices)}"
    return said


def _fields(model: type[BaseModel], location: Location) -> set[str]:
    """Return the fields of the model that stands at a location; nothing where that cannot be told."""
    current: Any = model
    for step in location:
        current = _inner(current)
        if not (isinstance(current, type) and issubclass(current, BaseModel)):
            return set()
        if isinstance(step, int):
            continue
        if step not in current.model_fields:
            return set()
        current = current.model_fields[step].annotation
    current = _inner(current)
    known: Mapping[str, Any] = getattr(current, "model_fields", {})
    return set(known)


def _inner(annotation: Any) -> Any:
    """Return the model within an optional one, a tuple or a list."""
    while not isinstance(annotation, type) or typing.get_args(annotation):
        parts = [one for one in typing.get_args(annotation) if one not in {type(None), Ellipsis}]
        if not parts:
            return annotation
        annotation = parts[0]
    return annotation
