"""JSON Schemas as SQL: the part of them that needs no loop over a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.quality.patterns import re2
from penstock.tables import literal

_TYPES = {
    "object": "('OBJECT')",
    "array": "('ARRAY')",
    "string": "('VARCHAR')",
    "boolean": "('BOOLEAN')",
    "null": "('NULL')",
    "integer": "('BIGINT', 'UBIGINT', 'HUGEINT')",
    "number": "('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')",
}
_BOUNDS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
_LENGTHS = {"minLength": ">=", "maxLength": "<="}
_ITEMS = {"minItems": ">=", "maxItems": "<="}
_SAID = {"$schema", "$id", "title", "description", "default", "examples", "$comment"}
_KNOWN = {
    "type", "enum", "const", "pattern", "required", "properties", "additionalProperties",
    *_BOUNDS, *_LENGTHS, *_ITEMS, *_SAID,
}  # fmt: skip


def fits(document: str, schema: Mapping[str, Any], path: str = "$") -> str:
    r"""Return SQL that holds where the value at a path of a JSON document fits a schema.

    Parameters
    ----------
    document
        SQL of a valid JSON document.
    schema
        Types, enum, const, bounds, lengths, patterns, required and further properties, to any depth.

    Raises
    ------
    ValueError
        The schema has a keyword that is not known here, such as ``items``; the message names it.

    Examples
    --------
    >>> import duckdb
    >>> test = fits("c", {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}})
    >>> rows = "(VALUES ('{\"id\": 1}'), ('{\"id\": \"1\"}'), ('[]')) AS t(c)"
    >>> duckdb.sql(f"SELECT {test} FROM {rows}").fetchall()
    [(True,), (False,), (False,)]
    """
    if unknown := sorted(set(schema) - _KNOWN):
        raise ValueError(f"{', '.join(unknown)} at {path} cannot be checked here; leave it out")
    tests = [*_of_value(document, schema, path), *_of_object(document, schema, path)]
    return f"({' AND '.join(tests)})" if tests else "TRUE"


def _of_value(document: str, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the tests of a value that is no object; each holds for values of other types."""
    place = literal(path)
    kind, text = f"json_type({document}, {place})", f"json_extract_string({document}, {place})"
    if "type" in schema:
        names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        yield "(" + " OR ".join(f"{kind} IN {_type(name, path)}" for name in names) + ")"
    for keyword in {"enum", "const"} & set(schema):
        allowed = schema["enum"] if keyword == "enum" else [schema["const"]]
        yield "(" + " OR ".join(_is(kind, text, value) for value in allowed) + ")"
    for keyword, sign in _BOUNDS.items():
        if keyword in schema:
            value = f"TRY_CAST({text} AS DOUBLE) {sign} {literal(float(schema[keyword]))}"
            yield f"({kind} NOT IN {_TYPES['number']} OR {value})"
    for keyword, sign in _LENGTHS.items():
        if keyword in schema:
            yield f"({kind} <> 'VARCHAR' OR length({text}) {sign} {int(schema[keyword])})"
    for keyword, sign in _ITEMS.items():
        if keyword in schema:
            number = f"json_array_length({document}, {place})"
            yield f"({kind} <> 'ARRAY' OR {number} {sign} {int(schema[keyword])})"
    if "pattern" in schema:
        yield f"({kind} <> 'VARCHAR' OR regexp_matches({text}, {literal(re2(schema['pattern']))}))"


def _of_object(document: str, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the tests of an object's properties; they hold for values of other types."""
    other = f"json_type({document}, {literal(path)}) <> 'OBJECT'"
    for name in schema.get("required", ()):
        yield f"({other} OR json_exists({document}, {literal(_under(path, name))}))"
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name, part in properties.items():
        under = _under(path, name)
        yield f"({other} OR NOT json_exists({document}, {literal(under)}) OR {fits(document, part, under)})"
    if schema.get("additionalProperties", True) is False:
        known = f"[{', '.join(map(literal, properties))}]::VARCHAR[]"
        yield f"({other} OR list_has_all({known}, json_keys({document}, {literal(path)})))"
    elif schema.get("additionalProperties", True) is not True:
        raise ValueError(f"additionalProperties at {path} can be true or false alone")


def _type(name: str, path: str) -> str:
    """Return the engine's names of a type."""
    if name not in _TYPES:
        raise ValueError(f"there is no type {name!r} (at {path}); there are: {', '.join(_TYPES)}")
    return _TYPES[name]


def _is(kind: str, text: str, value: Any) -> str:
    """Return SQL that holds where a value is the one given."""
    if value is None:
        return f"{kind} = 'NULL'"
    if isinstance(value, bool):
        return f"({kind} = 'BOOLEAN' AND {text} = {literal(str(value).lower())})"
    if isinstance(value, int | float):
        return f"({kind} IN {_TYPES['number']} AND TRY_CAST({text} AS DOUBLE) = {literal(float(value))})"
    if isinstance(value, str):
        return f"({kind} = 'VARCHAR' AND {text} = {literal(value)})"
    raise ValueError(f"{value!r} cannot be compared here; name texts, numbers, booleans or null")


def _under(path: str, name: str) -> str:
    """Return the path of a property."""
    if '"' in name or "\\" in name:
        raise ValueError(f"the property {name!r} cannot be named in a path")
    return f'{path}."{name}"'
