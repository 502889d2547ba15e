"""Which type of Feast is which of ours, and what only ours says, as tags of Feast's objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from penstock.specs.base import ColumnType

PREFIX = "penstock."
"""Of the tags that carry what Feast has no word for."""

KNOWN_FROM = "known_from"
"""Column of copied rows: from when on a row counts, in Feast's terms."""

PYTHON_TYPES: Mapping[ColumnType, str] = {
    "string": "String",
    "integer": "Int64",
    "decimal": "Float64",
    "boolean": "Bool",
    "date": "UnixTimestamp",
    "timestamp": "UnixTimestamp",
}
"""The names in ``feast.types``. Feast has no date: it becomes the midnight that it begins with."""

VALUE_TYPES: Mapping[str, ColumnType] = {
    "STRING": "string",
    "INT32": "integer",
    "INT64": "integer",
    "FLOAT": "decimal",
    "DOUBLE": "decimal",
    "BOOL": "boolean",
    "UNIX_TIMESTAMP": "timestamp",
}
"""Feast's value types that ours can hold."""

_AS_JSON = frozenset({"deprecated", "refresh", "tags", "views", "entity"})


def to_tags(words: tuple[str, ...], said: Mapping[str, Any]) -> dict[str, str]:
    """Write our tags, which are words, and fields that Feast has no place for.

    Examples
    --------
    >>> to_tags(("risk", "team=credit"), {"of": "amount", "threshold": 0.5})
    {'risk': '', 'team': 'credit', 'penstock.of': 'amount', 'penstock.threshold': '0.5'}
    """
    pairs = {word.partition("=")[0]: word.partition("=")[2] for word in words}
    plain = _words(pairs) == words and not any(word.startswith(PREFIX) for word in words)
    ours = dict(said) if plain else {**said, "tags": list(words)}
    if "tags" in ours:
        pairs = {}
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in ours.items()}
    return pairs | {f"{PREFIX}{name}": value for name, value in written.items()}


def from_tags(tags: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Read what :func:`to_tags` wrote, or the tags of somebody else.

    Raises
    ------
    ValueError
        A tag of ours is not what it was.

    Examples
    --------
    >>> from_tags({"risk": "", "team": "credit", "penstock.of": "amount"})
    (('risk', 'team=credit'), {'of': 'amount'})
    """
    ours = {name.removeprefix(PREFIX): text for name, text in tags.items() if name.startswith(PREFIX)}
    said: dict[str, Any] = {}
    for name, text in ours.items():
        try:
            said[name] = json.loads(text) if name in _AS_JSON else text
        except ValueError as error:
            raise ValueError(f"tag {PREFIX}{name} is not JSON") from error
    words = said.pop("tags", None)
    theirs = {name: text for name, text in tags.items() if not name.startswith(PREFIX)}
    return (tuple(words) if words is not None else _words(theirs)), said


def _words(pairs: Mapping[str, str]) -> tuple[str, ...]:
    """Return tags as words."""
    return tuple(f"{name}={text}" if text else name for name, text in pairs.items())
