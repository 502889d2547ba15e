"""Python text of calls: what people read in a Feast repository."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

_WIDTH = 100


class Code(str):
    """Text that stands for itself, such as the name of a variable."""

    __slots__ = ()


def call(function: str, fields: Mapping[str, Any]) -> str:
    """Write a call, a field a line if it is long; fields that are None are left out.

    Examples
    --------
    >>> print(call("Entity", {"name": "customer", "value_type": Code("ValueType.STRING"), "owner": None}))
    Entity(name="customer", value_type=ValueType.STRING)
    """
    given = [f"{name}={value(one)}" for name, one in fields.items() if one is not None]
    return _folded(f"{function}(", given, ")")


def value(one: Any) -> str:
    """Write a value: strings in double quotes, unless they hold some.

    Examples
    --------
    >>> value({"a": [Code("b"), 1]}), value(timedelta(days=2, microseconds=-1))
    ('{"a": [b, 1]}', 'timedelta(days=1, seconds=86399, microseconds=999999)')
    """
    if isinstance(one, Code):
        return str(one)
    if isinstance(one, str):
        return repr(one) if '"' in one or not one.isprintable() else json.dumps(one, ensure_ascii=False)
    if isinstance(one, timedelta):
        parts = {"days": one.days, "seconds": one.seconds, "microseconds": one.microseconds}
        return f"timedelta({', '.join(f'{name}={count}' for name, count in parts.items() if count)})"
    if isinstance(one, Mapping):
        return _folded("{", [f"{value(name)}: {value(each)}" for name, each in one.items()], "}")
    if isinstance(one, Sequence):
        return _folded("[", [value(each) for each in one], "]")
    return repr(one)


def _folded(head: str, parts: Sequence[str], tail: str) -> str:
    """Put parts on one line if they fit, else each on its own."""
    short = f"{head}{', '.join(parts)}{tail}"
    if len(short) <= _WIDTH and "\n" not in short:
        return short
    lines = "".join(f"    {line}\n" for part in parts for line in f"{part},".split("\n"))
    return f"{head}\n{lines}{tail}"
