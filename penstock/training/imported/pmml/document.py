"""Reading a PMML document safely."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias
from xml.parsers import expat

from penstock.training.imported.refusal import ModelRefused

Element: TypeAlias = ET.Element
_SILENT = frozenset({
    "Extension", "ModelStats", "ModelExplanation", "ModelVerification", "Header", "MiningBuildTask",
    "Timestamp",
})  # fmt: skip
"""Elements that say something of the model and nothing of its answers."""


def read_document(path: Path) -> Element:
    """Return the root of a PMML document.

    Raises
    ------
    ModelRefused
        It is no whole PMML, or declares entities.
    """
    data = path.read_bytes()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_entities
    try:
        parser.Parse(data, True)
        root = ET.fromstring(data)  # noqa: S314 - without a document type there is nothing to expand
    except (expat.ExpatError, ET.ParseError) as error:
        raise ModelRefused("The file is no whole PMML.", found=str(error), where=path.name) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.tag != "PMML":
        raise ModelRefused("The file is no PMML.", found=root.tag, expected="PMML", where=path.name)
    return root


def children(element: Element, *tags: str) -> Iterator[Element]:
    """Yield the children with one of the tags."""
    return (child for child in element if child.tag in tags)


def child(element: Element, tag: str) -> Element | None:
    """Return the first child with a tag."""
    return next(children(element, tag), None)


def inner(element: Element, *known: str) -> list[Element]:
    """Return the children that matter.

    Raises
    ------
    ModelRefused
        One is none of those that are known.
    """
    found = [one for one in element if one.tag not in _SILENT]
    for one in found:
        if one.tag not in known:
            raise unknown(f"{one.tag} in {element.tag}")
    return found


def only(element: Element, *names: str) -> None:
    """Refuse attributes that are not known."""
    for name in element.attrib:
        if name.rpartition("}")[2] not in names and "}" not in name:
            raise unknown(f"{name} of {element.tag}")


def said(element: Element, name: str, *known: str) -> str:
    """Return an attribute that has one of the known values; the first of them when it is not there."""
    value = element.get(name, known[0])
    if value not in known:
        raise unknown(f"{name}={value!r} of {element.tag}")
    return value


def number(element: Element, name: str, default: float | None = None) -> float:
    """Return an attribute that is a number."""
    text = element.get(name)
    if text is None and default is not None:
        return default
    try:
        return float(text or "")
    except ValueError as error:
        raise ModelRefused("The PMML is broken.", found=f"{name}={text!r} of {element.tag}") from error


def unknown(what: str) -> ModelRefused:
    """Word what cannot be evaluated."""
    return ModelRefused(
        "The PMML has something that is not evaluated here, and would be answered wrongly without it.",
        found=what,
        action="Export the model to ONNX, or as the library's own file.",
    )


def _refuse_entities(name: str, *_: object) -> None:
    raise ModelRefused("The PMML declares a document type, which could name other files.", found=name)
