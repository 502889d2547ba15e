"""The reference of specification files as Markdown: ``python -m penstock.specs.reference``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from penstock.specs.schema import FILES, schemas

_LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "pattern `{}`",
}
_INTRODUCTION = """\
# Specification files

Made by `python -m penstock.specs.reference`; a test compares it with the code.

A use case is a folder. `penstock register FOLDER` validates it and registers it; nothing is deployed for it.
A field that is not listed here is refused. The JSON Schemas in [schemas/](schemas/) make editors complete and
check the files: put `# yaml-language-server: $schema=…/dataset.schema.json` in a file's first line.

`features.yaml`, `serving.yaml` and `monitoring.yaml` may be left out. The two use cases in
[examples/](../../examples/) are complete."""


def reference() -> str:
    """Return the whole reference.

    Examples
    --------
    >>> "| `capture_percent` | integer, ≥ 0, ≤ 100 | `100` |" in reference()
    True
    """
    parts = [_INTRODUCTION]
    for name, schema in schemas().items():
        parts.append(f"## {FILES[name][0]}\n\nSchema: [{name}.schema.json](schemas/{name}.schema.json)")
        parts.extend(_sections(schema))
    return "\n\n".join(parts) + "\n"


def _sections(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the table of a file's fields, then one for each of the mappings in it."""
    yield _table(schema)
    for title, part in schema.get("$defs", {}).items():
        if "properties" in part:
            yield f"### {title}\n\n{_summary(part)}\n\n{_table(part)}"


def _summary(schema: dict[str, Any]) -> str:
    return str(schema.get("description", "")).split("\n\n", 1)[0].replace("\n", " ").replace("``", "`")


def _table(schema: dict[str, Any]) -> str:
    """Return the table of a mapping's fields."""
    required = schema.get("required", [])
    rows = ["| field | type | default | meaning |", "|---|---|---|---|"]
    for name, field in schema["properties"].items():
        default = "**required**" if name in required else f"`{_shown(field.get('default'))}`"
        meaning = str(field.get("description", "")).replace("|", "\\|").replace("``", "`")
        rows.append(f"| `{name}` | {_type(field)} | {default} | {meaning} |".replace("  |", " |"))
    return "\n".join(rows)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value or '""'


def _type(field: dict[str, Any]) -> str:
    """Return in words what a field may hold."""
    limits = [words.format(field[key]) for key, words in _LIMITS.items() if key in field]
    return ", ".join([_kind(field), *limits]).replace("|", "\\|")


def _kind(field: dict[str, Any]) -> str:
    """Return the kind of a field's value, without its limits."""
    match field:
        case {"enum": values}:
            kind = "one of " + ", ".join(f"`{value}`" for value in values)
        case {"const": value}:
            kind = f"`{value}`"
        case {"$ref": target}:
            kind = str(target).rsplit("/", 1)[-1]
        case {"anyOf": options}:
            kind = " or ".join(_type(option) for option in options if option.get("type") != "null")
        case {"type": "array", "items": item}:
            kind = f"list of {_type(item)}"
        case {"type": "object", "additionalProperties": value}:
            kind = f"mapping of names to {_type(value)}"
        case _:
            kind = str(field.get("type", "any"))
    return kind


if __name__ == "__main__":
    print(reference(), end="")
