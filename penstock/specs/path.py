"""Where a nested record has a value: ``$.customer.address.city``, ``$.items[0]["unit price"]``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_STEP = re.compile(
    r"""\.([^.\[\]"'\s]+)|\[(\d{1,6})\]|\[\s*"([^"]+)"\s*\]|\[\s*'([^']+)'\s*\]|\."([^"]+)\""""
)


def parse_path(path: str) -> tuple[str | int, ...]:
    """Split a path into its steps: names of fields, and places in lists from 0.

    Raises
    ------
    ValueError
        It is no such path.

    Examples
    --------
    >>> parse_path('$.items[0]["unit price"]')
    ('items', 0, 'unit price')
    >>> parse_path("items")
    Traceback (most recent call last):
    ...
    ValueError: 'items' is no path such as $.customer.address.city or $.items[0]["unit price"]
    """
    steps: list[str | int] = []
    at = 1
    while path.startswith("$") and (step := _STEP.match(path, at)):
        steps.append(int(step[2]) if step[2] else next(name for name in step.groups() if name is not None))
        at = step.end()
    if not path.startswith("$") or at != len(path):
        raise ValueError(f'{path!r} is no path such as $.customer.address.city or $.items[0]["unit price"]')
    return tuple(steps)


def _a_path(path: str) -> str:
    """Refuse what is no path into a record; nothing stands for the record's own field."""
    if path and not parse_path(path):
        raise ValueError("the path names no field")
    return path


def _a_place(path: str) -> str:
    """Refuse what is no path into a document; nothing stands for the whole."""
    if path:
        parse_path(path)
    return path


FieldPath = Annotated[str, AfterValidator(_a_path)]
"""A path from a record to a value, or nothing."""
ListPath = Annotated[str, AfterValidator(_a_place)]
"""A path from a document to its list of records, or nothing."""


def json_pointer(steps: tuple[str | int, ...]) -> str:
    """Return steps as a JSON pointer (RFC 6901).

    Examples
    --------
    >>> json_pointer(("a/b", 0))
    '/a~1b/0'
    """
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
