"""The reference of specification files as Markdown: ``python -m penstock.specs.reference``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from penstock.specs.rule import KINDS, Kind, rule_class
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
_COMMON = ("reason", "severity", "mostly")
_SHARED = (*_COMMON, "column", "columns")
_COLUMNS = {"column", "columns"}
_KINDS: dict[Kind, str] = {
    "standardise": "One way of writing a value, before it is typed; they come first.",
    "augment": "New columns, computed from others of the same row.",
    "enrich": "Columns from reference data, by key.",
    "check": "What a row, or the whole file, must be like. A cell without a value is not asked, except by "
    "`not_null` and `null`; a figure of nothing (the mean of an empty column) fails.",
    "comply": "What may be known of a value in curated data and in quarantine; they come last.",
}
_INTRODUCTION = """\
# Specification files

Made by `python -m penstock.specs.reference`; a test compares it with the code.

A use case is a folder. `penstock register FOLDER` validates it and registers it; nothing is deployed for it.
A field that is not listed here is refused. The JSON Schemas in [schemas/](schemas/) make editors complete and
check the files: put `# yaml-language-server: $schema=…/dataset.schema.json` in a file's first line.

`features.yaml`, `serving.yaml` and `monitoring.yaml` may be left out. The two use cases in
[examples/](../../examples/) are complete. What checks need beside the rows, and what they find, is told in
[validation.md](validation.md)."""


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
    parts = {title: part for title, part in schema.get("$defs", {}).items() if "properties" in part}
    for title, part in parts.items():
        if _kind_of_rule(title) is None:
            yield f"### {title}\n\n{_summary(part)}\n\n{_table(part)}"
    for kind in KINDS:
        rules = {title: part for title, part in parts.items() if _kind_of_rule(title) == kind}
        if rules:
            yield from _rules(kind, rules)


def _kind_of_rule(title: str) -> Kind | None:
    """Return the kind of the rule that a definition is, None for others."""
    return next((kind for kind in KINDS if title.startswith(f"{kind}_")), None)


def _rules(kind: Kind, rules: dict[str, Any]) -> Iterator[str]:
    """Yield the rules of a kind: what they share once, then what each has of its own."""
    named = {title.removeprefix(f"{kind}_"): part for title, part in rules.items()}
    shared = [field for field in _SHARED if any(field in part["properties"] for part in named.values())]
    examples = {field: part["properties"][field] for part in named.values() for field in reversed(shared)
                if field in part["properties"]}  # fmt: skip
    yield f"### Rules of the kind `{kind}`\n\n{_KINDS[kind]}"
    if shared:
        fields = {"properties": {field: examples[field] for field in shared}}
        yield f"Fields that they share, unless a rule says otherwise.\n\n{_table(fields)}"
    for name, part in named.items():
        apart = {kind, *_COMMON}
        apart |= _COLUMNS if _COLUMNS <= part["properties"].keys() else set()
        own = {field: value for field, value in part["properties"].items() if field not in apart}
        expected = getattr(rule_class(kind, name), "expectation", "")
        words = [_summary(part), f"In great-expectations: `{expected}`." if expected else ""]
        table = _table({**part, "properties": own}) if own else ""
        yield "\n\n".join(filter(None, [f"#### `{kind}: {name}`", " ".join(filter(None, words)), table]))


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
        case {"oneOf": _}:
            kind = "rule (see below)"
        case {"const": value}:
            kind = f"`{value}`"
        case {"$ref": target}:
            kind = str(target).rsplit("/", 1)[-1]
        case {"anyOf": options}:
            kind = " or ".join(_type(option) for option in options if option.get("type") != "null")
        case {"type": "array", "items": item}:
            kind = f"list of {_type(item)}"
        case {"type": "array", "prefixItems": items}:
            kind = " and ".join(_type(item) for item in items)
        case {"type": "object", "additionalProperties": dict(value)}:
            kind = f"mapping of names to {_type(value)}"
        case _:
            kind = str(field.get("type", "any"))
    return kind


if __name__ == "__main__":
    print(reference(), end="")
