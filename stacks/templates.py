"""Reading synthesised templates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Resource = dict[str, Any]


def load(assembly: Path) -> dict[str, dict[str, Any]]:
    """Return the templates of a cloud assembly by their stack's name."""
    suffix = ".template.json"
    return {
        path.name.removesuffix(suffix): json.loads(path.read_text())
        for path in sorted(assembly.glob(f"*{suffix}"))
    }


def resources(template: dict[str, Any], kind: str) -> dict[str, Resource]:
    """Return the resources of a type by logical id."""
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def state_machines(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the logical ids and definitions of state machines, references replaced by their names."""
    for name, machine in resources(template, "AWS::StepFunctions::StateMachine").items():
        yield name, json.loads(_flat(machine["Properties"]["DefinitionString"]))


def _flat(value: Any) -> str:
    """Write a joined text; what is known only when deployed becomes the name of it."""
    match value:
        case str():
            return value
        case {"Fn::Join": [str(delimiter), list(parts)]}:
            return delimiter.join(map(_flat, parts))
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"{resource}.{attribute}"
        case {"Ref": name}:
            return str(name)
        case _:
            raise ValueError(f"no text and no reference: {value}")
