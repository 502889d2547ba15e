"""JSON Schemas of the specification files, for editors: ``python -m penstock.specs.schema FOLDER``."""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.specs.base import Spec
from penstock.specs.contract import Contract
from penstock.specs.features import Entity, FeatureService, FeatureView, OnDemandFeature
from penstock.specs.model import ModelSpec
from penstock.specs.monitoring import MonitoringSpec
from penstock.specs.rule import KINDS, rule_class
from penstock.specs.serving import ServingSpec
from penstock.specs.usecase import UseCase

if TYPE_CHECKING:
    from pydantic import BaseModel

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_OWN_FILES = ("datasets", "entities", "features", "on_demand", "services", "model", "serving", "monitoring")


class FeaturesFile(Spec):
    """``features.yaml``: what describes the entities of a use case."""

    entities: tuple[Entity, ...] = ()
    views: tuple[FeatureView, ...] = ()
    on_demand: tuple[OnDemandFeature, ...] = ()
    services: tuple[FeatureService, ...] = ()


FILES: dict[str, tuple[str, type[BaseModel]]] = {
    "usecase": ("usecase.yaml", UseCase),
    "dataset": ("datasets/*.yaml", Contract),
    "features": ("features.yaml", FeaturesFile),
    "model": ("model.yaml", ModelSpec),
    "serving": ("serving.yaml", ServingSpec),
    "monitoring": ("monitoring.yaml", MonitoringSpec),
}
"""Name of a schema to the file that it is for, and its model."""


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of specification file.

    Returns
    -------
    dict
        By the names of ``FILES``. ``usecase`` leaves out what has a file of its own.

    Examples
    --------
    >>> sorted(schemas())
    ['dataset', 'features', 'model', 'monitoring', 'serving', 'usecase']
    >>> schemas()["serving"]["properties"]["capture_percent"]["maximum"]
    100
    >>> "datasets" in schemas()["usecase"]["properties"]
    False
    """
    return {name: _schema(name, file, model) for name, (file, model) in FILES.items()}


def write(folder: Path) -> list[Path]:
    """Write every schema into a folder as ``NAME.schema.json``, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        path = folder / f"{name}.schema.json"
        path.write_text(f"{json.dumps(schema, indent=2)}\n", encoding="utf-8")
        written.append(path)
    return written


def _schema(name: str, file: str, model: type[BaseModel]) -> dict[str, Any]:
    """Make one schema, with the attributes' docstrings as descriptions."""
    schema = model.model_json_schema()
    if name == "usecase":
        _leave_out(schema)
    known = {kind.__name__: kind for kind in _models(model)}
    for title, part in {model.__name__: schema, **schema.get("$defs", {})}.items():
        if title in known:
            _describe(part, known[title])
    _lift_rules(schema)
    return {"$schema": _DRAFT, **schema, "title": file}


def _lift_rules(schema: dict[str, Any]) -> None:
    """Give each rule a definition of its own, such as ``check_between``, with its kind as the first field."""
    items = schema["properties"].get("rules", {}).get("items", {})
    definitions, references = dict[str, Any](), []
    for rule in items.get("oneOf", ()):
        kind = next(kind for kind in KINDS if kind in rule["properties"])
        name = rule["properties"][kind]["const"]
        found = rule_class(kind, name)
        definitions |= rule.pop("$defs", {})
        for one in reversed(found.__mro__):
            if issubclass(one, Spec) and one is not Spec:
                _describe(rule, one)
        fields = {kind: rule["properties"].pop(kind), **rule["properties"]}
        definitions[f"{kind}_{name}"] = {**rule, "properties": fields, "title": f"{kind}: {name}"}
        references.append({"$ref": f"#/$defs/{kind}_{name}"})
    if references:
        items["oneOf"] = references
        schema["$defs"] = {**schema.get("$defs", {}), **definitions}


def _leave_out(schema: dict[str, Any]) -> None:
    """Remove what other files say, and the definitions that nothing refers to then."""
    for part in _OWN_FILES:
        del schema["properties"][part]
    schema["required"] = [field for field in schema["required"] if field not in _OWN_FILES]
    while unused := [name for name in schema["$defs"] if f'"#/$defs/{name}"' not in json.dumps(schema)]:
        for name in unused:
            del schema["$defs"][name]


def _models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return the specification classes of the module that a model is from, and of those that it uses."""
    found: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = [model]
    while waiting:
        one = waiting.pop()
        found.add(one)
        others = [value for value in vars(sys.modules[one.__module__]).values() if _is_spec(value)]
        waiting.extend(other for other in others if other not in found)
    return found


def _is_spec(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Spec)


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Give the properties the docstrings that stand below their attributes."""
    parsed = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(model))))
    tree = next(node for node in parsed if isinstance(node, ast.ClassDef))
    for attribute, text in zip(tree.body, tree.body[1:], strict=False):
        match attribute, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                if name in schema["properties"]:
                    schema["properties"][name]["description"] = inspect.cleandoc(words).replace("\n", " ")


def main() -> None:
    """Write the schemas into the folder that is named, and say which files they are."""
    for path in write(Path(sys.argv[1])):
        print(path)


if __name__ == "__main__":
    main()
